using System.Diagnostics;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Faults.Tests;

/// <summary>
/// The coordinator dies while it starts a command that would run for minutes: before the launcher runs, while the sandbox is being
/// made, as the command begins. Whatever was begun goes with it.
/// </summary>
public sealed class KilledStartTests
{
    private const string Prompt = "start and die";
    // After twenty errors in a row the task gives up, and an interrupted step is one.
    private const int Kills = 16;

    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task Kill_WhileACommandIsBeingStarted_LeavesNoProcess_AndNoCommandThatRunsOn()
    {
        var answers = Enumerable.Range(0, Kills).Select(number => new[] { Script.Command($"sleep {600 + number}") }).ToArray();
        await using var ground = await Ground.CreateAsync(new Script().On(Prompt, [.. answers, [Script.Finish("Done.")]]).ToString());
        AgentTask? task = null;
        for (var kill = 0; kill < Kills; kill++)
        {
            var life = await ground.LiveAsync();
            task ??= await life.Client.CreateAsync(new CreateTaskParams { Prompt = Prompt }, CancellationToken.None);
            (await life.SeesAsync(tasks => tasks.TryGetValue(task.Id, out var seen) && seen.Steps == kill && seen.Activity == "run_command"))
                .ShouldBeTrue();
            var begun = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begun) < kill * s_step)
            {
                Thread.Yield(); // No timer is as fine.
            }

            await ground.KillAsync();
        }

        (await (await ground.LiveAsync()).SeesAsync(tasks => tasks.TryGetValue(task!.Id, out var seen) && seen.State == "readyForReview")).ShouldBeTrue();
        await Invariants.CheckAsync(ground);
    }
}
