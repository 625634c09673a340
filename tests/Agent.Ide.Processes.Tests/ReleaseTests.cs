using System.Diagnostics;

namespace Agent.Ide.Processes.Tests;

public sealed class ReleaseTests
{
    [Fact]
    public async Task Dispose_AfterARelease_LeavesTheProcessRunning()
    {
        var child = ChildProcess.Start(new ProcessStart { FileName = "sleep", Arguments = ["60"] });
        using var seen = Process.GetProcessById(child.Id);

        child.Release();
        await child.DisposeAsync();

        try
        {
            seen.HasExited.ShouldBeFalse();
        }
        finally
        {
            seen.Kill();
        }
    }

    [Fact]
    public async Task Dispose_WithoutARelease_EndsTheProcess()
    {
        var child = ChildProcess.Start(new ProcessStart { FileName = "sleep", Arguments = ["60"] });

        await child.DisposeAsync();

        Directory.Exists($"/proc/{child.Id}").ShouldBeFalse();
    }
}
