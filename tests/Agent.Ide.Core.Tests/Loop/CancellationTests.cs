using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using static Agent.Ide.Core.Tests.Loop.ScriptedModel;

namespace Agent.Ide.Core.Tests.Loop;

public sealed class CancellationTests
{
    [Fact]
    public async Task Cancel_InTheMiddleOfATool_EndsTheStepWithWhatItLeft_AndAppendsNoState()
    {
        using var stop = new CancellationTokenSource();
        var task = new TestTask(Calls(Call("run_command", ("command", "make"))));
        task.Worktree.Instead = (_, token) =>
        {
            task.Worktree.Files["half.txt"] = "half";
            stop.Cancel();
            token.ThrowIfCancellationRequested();
            return Task.FromResult<ToolOutcome?>(null);
        };

        (await task.RunAsync(stop.Token)).ShouldBe(LoopEnd.Cancelled);

        task.Snapshot.State.ShouldBe(TaskState.Running);
        task.Snapshot.OpenStep.ShouldBeNull();
        var step = task.Snapshot.Steps.ShouldHaveSingleItem();
        step.ErrorCode.ShouldBe(ToolErrors.Interrupted);
        step.Files.ShouldBe(["half.txt"]);
        task.Worktree.Subjects.ShouldBe(["run_command: interrupted"]);
    }

    [Fact]
    public async Task Cancel_AfterAToolDidItsWork_StillCommitsAndStoresIt()
    {
        using var stop = new CancellationTokenSource();
        var task = new TestTask(Calls(Call("write_file", ("path", "a"), ("content", "1"))));
        task.Worktree.Instead = (_, _) =>
        {
            stop.Cancel();
            return Task.FromResult<ToolOutcome?>(null);
        };

        (await task.RunAsync(stop.Token)).ShouldBe(LoopEnd.Cancelled);

        var step = task.Snapshot.Steps.ShouldHaveSingleItem();
        step.ErrorCode.ShouldBeNull();
        step.Commit.ShouldNotBeNull();
    }

    [Fact]
    public async Task Cancel_DuringAModelRequest_StoresNothing_AndAResumeAsksAgain()
    {
        using var stop = new CancellationTokenSource();
        var task = new TestTask(Says("never seen"));
        task.Model.Meanwhile = async token =>
        {
            await stop.CancelAsync();
            token.ThrowIfCancellationRequested();
        };
        var before = task.Snapshot.Sequence;

        (await task.RunAsync(stop.Token)).ShouldBe(LoopEnd.Cancelled);

        task.Snapshot.Sequence.ShouldBe(before);
        task.Model.Meanwhile = null;
        task.Log.Append(new TaskStateChanged { To = TaskState.Stopped });
        task.Log.Append(new TaskStateChanged { To = TaskState.Running });
        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);
    }

    [Fact]
    public async Task StoppedByItsOwner_TheLoopLeavesQuietly()
    {
        var task = new TestTask(Calls(Call("write_file", ("path", "a"), ("content", "1"))));
        task.Worktree.Instead = (_, _) =>
        {
            task.Log.Append(new TaskStateChanged { To = TaskState.Stopped });
            return Task.FromResult<ToolOutcome?>(null);
        };

        (await task.RunAsync()).ShouldBe(LoopEnd.Cancelled);

        task.Snapshot.State.ShouldBe(TaskState.Stopped);
        task.Snapshot.OpenStep.ShouldBeNull();
    }
}
