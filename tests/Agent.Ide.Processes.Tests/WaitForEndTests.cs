using System.Runtime.InteropServices;
using Agent.Ide.Testing.Machines;

namespace Agent.Ide.Processes.Tests;

public sealed class WaitForEndTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [NeedsFact(Need.KnownSystemCalls, Need.Perl)]
    public async Task WaitForEnd_OfAProcessWhoseFirstThreadHasEnded_WaitsForTheOthers()
    {
        // exit(2) as the system call, which ends the one thread that makes it; its number is the architecture's.
        var number = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => 60, Architecture.Arm64 => 93, _ => 0 };
        var script = $"use threads; $| = 1; threads->create(sub {{ print \"ready\\n\"; <STDIN>; }}); syscall({number}, 0)";
        await using var child = ChildProcess.Start(new ProcessStart { FileName = "perl", Arguments = ["-e", script] });
        using var reader = new StreamReader(child.StandardOutput, leaveOpen: true);
        using var patience = new CancellationTokenSource(s_patience);
        while (!(await File.ReadAllTextAsync($"/proc/{child.Id}/stat", patience.Token)).Contains(") Z ", StringComparison.Ordinal))
        {
            await Task.Yield();
        }

        var end = ChildProcess.WaitForEndAsync(child.Id, patience.Token);
        end.IsCompleted.ShouldBeFalse();
        await child.StandardInput.DisposeAsync();
        await end;

        (await child.WaitForExitAsync(patience.Token)).ShouldBe(0);
    }
}
