using Agent.Ide.Coordinator.Sandboxing;

namespace Agent.Ide.Coordinator.Tests.Sandboxing;

/// <summary>A test that needs a working sandbox; skipped, with the probe's reason, where there is none.</summary>
internal sealed class SandboxFactAttribute : FactAttribute
{
    public SandboxFactAttribute()
    {
        var sandbox = HostSandbox.Sandbox;
        if (!sandbox.IsAvailable)
        {
            Skip = $"{sandbox.Description} {sandbox.Fix}";
        }
    }
}

/// <inheritdoc cref="SandboxFactAttribute"/>
internal sealed class SandboxTheoryAttribute : TheoryAttribute
{
    public SandboxTheoryAttribute()
    {
        var sandbox = HostSandbox.Sandbox;
        if (!sandbox.IsAvailable)
        {
            Skip = $"{sandbox.Description} {sandbox.Fix}";
        }
    }
}

/// <summary>This machine's sandbox, probed once for all tests.</summary>
internal static class HostSandbox
{
    /// <summary>This process's environment, with a key in it that no sandbox may see.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = Read();

    private static readonly Lazy<ISandbox> s_sandbox = new(() => new SandboxProbe(Environment).FindAsync().GetAwaiter().GetResult());

    public static ISandbox Sandbox => s_sandbox.Value;

    private static Dictionary<string, string> Read()
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENAI_API_KEY"] = "sk-secret-of-the-host" };
        foreach (System.Collections.DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            result[(string)entry.Key] = (string)entry.Value!;
        }

        return result;
    }
}
