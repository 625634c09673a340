using System.Reflection;
using Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;
using Xunit.Sdk;

namespace Agent.Ide.Coordinator.Tests.Sandboxing.Limits;

/// <summary>A test of control groups; skipped, with what there is instead, where none can be made.</summary>
internal sealed class CgroupFactAttribute : FactAttribute
{
    /// <param name="controllers">Which of them it needs.</param>
    /// <param name="sandboxed">Whether it also needs a sandbox.</param>
    public CgroupFactAttribute(CgroupControllers controllers = CgroupControllers.None, bool sandboxed = false)
    {
        Skip = Missing(controllers) ?? (sandboxed ? new SandboxFactAttribute().Skip : null);
    }

    public static string? Missing(CgroupControllers controllers) =>
        HostLimiter.Limiter is CgroupLimiter limiter && limiter.Controllers.HasFlag(controllers)
            ? null
            : $"Control groups of this kind cannot be made here. There is: {HostLimiter.Limiter.Description}";
}

/// <summary>A theory's row for one way of limiting, skipped where the machine has no control groups.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class LimiterDataAttribute : DataAttribute
{
    private readonly string _limiter;

    public LimiterDataAttribute(string limiter)
    {
        _limiter = limiter;
        Skip = limiter == "cgroups" ? CgroupFactAttribute.Missing(CgroupControllers.None) : null;
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[_limiter]];
}
