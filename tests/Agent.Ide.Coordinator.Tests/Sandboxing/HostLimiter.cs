using Agent.Ide.Coordinator.Sandboxing.Limits;

namespace Agent.Ide.Coordinator.Tests.Sandboxing;

/// <summary>How this machine limits programs, probed once for all tests.</summary>
internal static class HostLimiter
{
    private static readonly Lazy<IResourceLimiter> s_limiter = new(
        () => new LimiterProbe($"tests of {Environment.ProcessId}", null, TimeProvider.System).FindAsync().GetAwaiter().GetResult());

    public static IResourceLimiter Limiter => s_limiter.Value;
}
