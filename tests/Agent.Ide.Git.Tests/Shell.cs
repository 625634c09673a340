using Agent.Ide.Processes;

namespace Agent.Ide.Git.Tests;

/// <summary>What only a shell does easily: FIFOs, odd bytes, permissions.</summary>
internal static class Shell
{
    public static async Task RunAsync(string folder, string script)
    {
        var result = await TryAsync(folder, script);
        result.ExitCode.ShouldBe(0, result.Error);
    }

    public static Task<ProcessResult> TryAsync(string folder, string script) =>
        ChildProcess.RunAsync(new ProcessStart { FileName = "sh", Arguments = ["-c", script], WorkingDirectory = folder });
}
