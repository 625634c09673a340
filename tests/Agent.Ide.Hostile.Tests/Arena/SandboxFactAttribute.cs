using Agent.Ide.Processes;

namespace Agent.Ide.Hostile.Tests.Arena;

/// <summary>An attack on the sandbox: skipped where the machine has none that works.</summary>
internal sealed class SandboxFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_missing = new(FindMissing);

    public SandboxFactAttribute()
    {
        Skip = s_missing.Value;
    }

    private static string? FindMissing()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "There is no sandbox for this operating system yet.";
        }

        try
        {
            var result = ChildProcess.RunAsync(
                new ProcessStart { FileName = "bwrap", Arguments = ["--unshare-all", "--ro-bind", "/", "/", "true"] }).GetAwaiter().GetResult();
            return result.ExitCode == 0 ? null : $"bubblewrap makes no sandbox here: {result.Error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "bubblewrap is not installed.";
        }
    }
}
