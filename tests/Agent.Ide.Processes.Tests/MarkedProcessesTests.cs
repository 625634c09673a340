using System.Globalization;
using Agent.Ide.Testing.Machines;

namespace Agent.Ide.Processes.Tests;

public sealed class MarkedProcessesTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [NeedsFact(Need.Linux)]
    public async Task End_OfAMark_EndsAllThatInheritedIt_AlsoWhoWillNotHear_AndNobodyElse()
    {
        var mark = "AGENT_IDE_TEST_MARK=" + Guid.NewGuid().ToString("n");
        await using var other = Start("cat", mark + "0");
        // A grandchild whose parent ends, as one whose parent was killed; it hears no request to end.
        await using var parent = Start("(trap '' TERM; echo $$; exec cat <&3) 3<&0 & exec cat >/dev/null", mark);
        using var output = new StreamReader(parent.StandardOutput, leaveOpen: true);
        (await output.ReadLineAsync().WaitAsync(s_patience)).ShouldNotBeNull();

        var left = await MarkedProcesses.EndAsync(mark, TimeSpan.FromMilliseconds(200), s_patience, TimeProvider.System, CancellationToken.None);

        left.ShouldBeEmpty();
        (await parent.WaitForExitAsync().WaitAsync(s_patience)).ShouldNotBe(0);
        // The grandchild held the other end of this pipe.
        (await output.ReadToEndAsync().WaitAsync(s_patience)).ShouldBeEmpty();
        other.HasExited.ShouldBeFalse();
    }

    [NeedsFact(Need.Linux)]
    public async Task End_OfAProcessThatIsAskedToEnd_LetsItPutThingsInOrder()
    {
        var mark = "AGENT_IDE_TEST_MARK=" + Guid.NewGuid().ToString("n");
        await using var child = Start("trap 'echo tidy; exit 0' TERM; echo ready; while :; do read line; done", mark);
        using var output = new StreamReader(child.StandardOutput, leaveOpen: true);
        (await output.ReadLineAsync().WaitAsync(s_patience)).ShouldBe("ready");

        var left = await MarkedProcesses.EndAsync(mark, s_patience, s_patience, TimeProvider.System, CancellationToken.None);

        left.ShouldBeEmpty();
        (await output.ReadToEndAsync().WaitAsync(s_patience)).ShouldBe("tidy\n");
        (await child.WaitForExitAsync().WaitAsync(s_patience)).ShouldBe(0);
    }

    [Fact]
    public async Task End_OfAMarkThatNobodyCarries_DoesNothing() => (await MarkedProcesses.EndAsync(
        string.Create(CultureInfo.InvariantCulture, $"AGENT_IDE_TEST_MARK={Guid.NewGuid():n}"), s_patience, s_patience, TimeProvider.System, CancellationToken.None))
        .ShouldBeEmpty();

    private static ChildProcess Start(string script, string mark)
    {
        var parts = mark.Split('=');
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? string.Empty,
            [parts[0]] = parts[1],
        };
        return ChildProcess.Start(new ProcessStart { FileName = "sh", Arguments = ["-c", script], Environment = environment });
    }
}
