using Agent.Ide.Coordinator.Tests.Sandboxing;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Coordinator.Tests.Tasks;

/// <summary>Limits as a whole task meets them: loop, worker, commands, log and branch are real.</summary>
public sealed class TaskLimitTests
{
    private const string Filler = """
        {"Do it.":[
          {"calls":[{"name":"write_file","arguments":{"path":"kept.txt","content":"kept"}}]},
          {"calls":[{"name":"run_command","arguments":{"command":"head -c 400M /dev/urandom > filler; echo filled; sleep 60"}}]},
          {"text":"done"}]}
        """;

    private const string Greedy = """
        {"Do it.":[
          {"calls":[{"name":"run_command","arguments":{"command":"head -c 800M /dev/zero | tail; sleep 60"}}]},
          {"calls":[{"name":"run_command","arguments":{"command":"b() { b | b & }; b; sleep 60"}}]},
          {"calls":[{"name":"write_file","arguments":{"path":"after.txt","content":"after"}}]},
          {"text":"done"}]}
        """;

    [SandboxFact]
    public async Task Task_WhoseCommandFillsTheDisk_FailsWithItsWorkKept_AndGoesOnUnderAHigherLimit()
    {
        var settings = new TaskSettings { Limits = new TaskLimits { DiskMb = 16 } };
        await using var task = await LiveTask.CreateAsync(Filler, settings: settings);
        await task.TakeUpAsync(HostSandbox.Sandbox);

        var failed = await task.SeenAsync(snapshot => snapshot.State == TaskState.Failed);
        failed.Error!.Code.ShouldBe("diskLimit");
        failed.Error.Message.ShouldContain("16 MB");
        failed.Error.Message.ShouldContain("resource_limits.disk_mb");
        failed.Error.Hint!.ShouldContain("agent-ide resume");
        failed.Steps.Single().Commit.ShouldNotBeNull();
        failed.OpenStep.ShouldNotBeNull();
        var worktree = task.Repository.FullPath($".worktrees/{LiveTask.Id}");
        new FileInfo(Path.Combine(worktree, "filler")).Length.ShouldBeGreaterThan(10L * 1024 * 1024);

        // The same limit again ends it again, before anything of it is stored a second time.
        await task.Actor.ResumeAsync(CancellationToken.None);
        await task.SeenAsync(snapshot => snapshot.State == TaskState.Failed && snapshot.Sequence > failed.Sequence);
        task.Log.Snapshot.Error!.Code.ShouldBe("diskLimit");

        File.Delete(Path.Combine(worktree, "filler"));
        await task.Actor.ResumeAsync(
            new LimitsChanged { Limits = settings.Limits with { DiskMb = 64 }, TimeSeconds = settings.TimeSeconds }, CancellationToken.None);
        var done = await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview);
        done.Limits.DiskMb.ShouldBe(64);
        done.Steps.Select(step => step.ErrorCode).ShouldBe([null, ToolErrors.Interrupted]);
    }

    [SandboxFact]
    public async Task Task_WhoseCommandsMeetTheirLimits_IsToldAndGoesOn()
    {
        var settings = new TaskSettings { Limits = new TaskLimits { MemoryMb = 96, Processes = 40 } };
        await using var task = await LiveTask.CreateAsync(Greedy, settings: settings);
        await task.TakeUpAsync(HostSandbox.Sandbox);

        var done = await task.SeenAsync(snapshot => snapshot.State is TaskState.ReadyForReview or TaskState.Failed);

        done.State.ShouldBe(TaskState.ReadyForReview, done.Error?.Message);
        done.Steps.Select(step => step.ErrorCode).ShouldBe([ToolErrors.MemoryLimit, ToolErrors.ProcessLimit, null]);
        var told = done.Conversation.OfType<ToolTurn>().Select(turn => turn.Content).ToList();
        told[0].ShouldContain("96 MB");
        told[0].ShouldContain("resource_limits.memory_mb");
        told[1].ShouldContain("40 processes");
        told[1].ShouldContain("resource_limits.processes");
    }
}
