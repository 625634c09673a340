using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class TaskActorTests
{
    private const string AsksForACommand = """
        {"": [{"calls": [{"name": "run_command", "arguments": {"command": "true"}}]}, {"text": "Done."}]}
        """;

    [Fact]
    public async Task AnswerApproval_WhileTheAgentIsStillPuttingItsToolsAway_IsActedOn()
    {
        await using var task = await LiveTask.CreateAsync(AsksForACommand);
        await task.TakeUpAsync();
        var waiting = await task.SeenAsync(snapshot => snapshot.State == TaskState.WaitingForApproval);
        task.Actor.IsDriven.ShouldBeTrue();

        await task.Actor.AnswerApprovalAsync(waiting.Approvals[0].Request.CallId, ApprovalDecision.Deny, CancellationToken.None);

        (await task.SeenAsync(snapshot => snapshot.State.IsSettled())).State.ShouldBe(TaskState.ReadyForReview);
    }

    [Fact]
    public async Task Message_ToATaskAtRest_LetsItGoOnWithTheLimitsAsTheyAreConfiguredNow()
    {
        await using var task = await LiveTask.CreateAsync("""{"": [{"text": "Done."}, {"text": "Done again."}]}""");
        await task.TakeUpAsync();
        var ready = await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview);
        var raised = new LimitsChanged { Limits = ready.Limits with { DiskMb = ready.Limits.DiskMb + 1 }, TimeSeconds = ready.TimeSeconds + 1 };

        await task.Actor.MessageAsync("go on", raised, CancellationToken.None);

        var again = await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview && snapshot.Sequence > ready.Sequence);
        (again.Limits, again.TimeSeconds).ShouldBe((raised.Limits, raised.TimeSeconds));
    }

    [Fact]
    public async Task TakenUp_AfterADeathBetweenReadyAndTheAcceptThatWasAskedFor_IsAccepted()
    {
        await using var task = await LiveTask.CreateAsync(acceptWhenReady: true);
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        task.Log.Append(new ModelAnswered { Model = "m", Text = "Done.", Usage = new TokenUsage(1, 0, 1, true), Calls = [] });
        task.Log.Append(new TaskStateChanged { To = TaskState.ReadyForReview });

        await task.TakeUpAsync();

        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);
        task.Repository.Read("notes.txt").ShouldBe("two\n");
        task.Log.Snapshot.KeptRef.ShouldNotBeNull();
    }

    [Fact]
    public async Task TakenUp_AfterARestore_IsNotAcceptedAgain()
    {
        await using var task = await LiveTask.CreateAsync(acceptWhenReady: true);
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        task.Log.Append(new TaskStateChanged { To = TaskState.Stopped });
        task.Log.Append(new TaskStateChanged { To = TaskState.Discarded });
        task.Log.Append(new TaskStateChanged { To = TaskState.ReadyForReview });

        await task.TakeUpAsync();

        task.Log.Snapshot.State.ShouldBe(TaskState.ReadyForReview);
        task.Repository.Read("notes.txt").ShouldBe("one\n");
    }

    [Fact]
    public async Task TakenUp_AfterADeathInTheMiddleOfARollBack_IsWhereTheBranchIs()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        await task.StepAsync("three\n");
        task.Log.Append(new TaskStateChanged { To = TaskState.Stopped });
        var first = task.Log.Snapshot.Steps[0].Commit!;
        await task.Git.RollbackAsync(task.Log.Snapshot, first, CancellationToken.None);

        await task.TakeUpAsync();

        task.Log.Snapshot.Head.ShouldBe(first);
        task.Log.Snapshot.LastStep.ShouldBe(1);
        await task.Actor.AcceptAsync(new AcceptParams(LiveTask.Id, first), task.Repository.Path, CancellationToken.None);
        task.Repository.Read("notes.txt").ShouldBe("two\n");
    }

    [Fact]
    public async Task TakenUp_AfterAnAcceptThatLandedUnsaid_AndOthersOnTopOfIt_IsMerged()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        task.Log.Append(new TaskStateChanged { To = TaskState.ReadyForReview });
        task.Log.Append(new TaskStateChanged { To = TaskState.Merging });
        var landed = await task.Git.AcceptAsync(
            task.Log.Snapshot, new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head), part: null, task.Repository.Path, CancellationToken.None);
        await task.Repository.Write("other.txt", "other\n").CommitAsync("On top");

        await task.TakeUpAsync();

        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);
        task.Log.Snapshot.Accepted.ShouldNotBeNull().Commit.ShouldBe(landed.Commit.ShouldNotBeNull());
    }

    [Fact]
    public async Task RollBack_AfterOneThatHadOnlyKeptWhatWasUncommitted_Ends()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        task.Log.Append(new TaskStateChanged { To = TaskState.Stopped });
        // The first move of a roll back: leftovers become a commit on the branch. Then everything died.
        var worktree = await task.Git.FindAsync(task.Log.Snapshot, CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(worktree.Root, "notes.txt"), "left\n");
        await task.Git.CheckpointsOf(task.Log.Snapshot, worktree).CommitAsync(
            new Core.Loop.CheckpointRequest(1, ["notes.txt"], "leftovers", "leftovers", null), CancellationToken.None);
        await task.TakeUpAsync();

        await task.Actor.RollbackAsync(0, CancellationToken.None);

        task.Log.Snapshot.Head.ShouldBe(task.Log.Snapshot.BaseCommit);
        (await File.ReadAllTextAsync(Path.Combine(worktree.Root, "notes.txt"))).ShouldBe("one\n");
    }

    [Fact]
    public async Task Accept_WithAStepWhoseWorkIsInNoCommit_IsRefusedAndSaysWhatToDo()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        task.Log.Append(new StepStarted { Step = 2, CallId = "c2", Tool = BuiltInTools.EditFile, Version = 1, Arguments = "{}" });
        task.Log.Append(new TaskStateChanged { To = TaskState.Failed, Error = new TaskError("diskFull", "No space.", null) });
        await task.TakeUpAsync();

        var refused = await Should.ThrowAsync<RequestFailedException>(() => task.Actor.AcceptAsync(
            new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head), task.Repository.Path, CancellationToken.None));

        refused.Error.Code.ShouldBe("openStep");
        refused.Error.Hint.ShouldNotBeNull().ShouldContain("resume");
        task.Repository.Read("notes.txt").ShouldBe("one\n");
    }

    [Fact]
    public async Task TakeUp_OfATaskWhoseCommandDiedWithItsCoordinator_LeavesNoRepositoryThatItMade()
    {
        const string Command = """{"command":"git init planted"}""";
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        task.Log.Append(new ModelAnswered { Model = "m", Usage = new TokenUsage(1, 0, 1, true), Calls = [new RequestedCall("c2", BuiltInTools.RunCommand, Command)] });
        task.Log.Append(new StepStarted { Step = 2, CallId = "c2", Tool = BuiltInTools.RunCommand, Version = 1, Arguments = Command });
        var worktree = await task.Git.FindAsync(task.Log.Snapshot, CancellationToken.None);
        await task.Repository.GitAsync("init", "--quiet", Path.Combine(worktree.Root, "planted"));
        await File.WriteAllTextAsync(Path.Combine(worktree.Root, "planted", "file"), "x\n");

        await task.TakeUpAsync();

        var ready = await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview);
        Directory.Exists(Path.Combine(worktree.Root, "planted", ".git")).ShouldBeFalse();
        (await task.Repository.ShowAsync(ready.Head, "planted/file")).ShouldBe("x\n");
    }

    [Fact]
    public async Task AnyRequest_ToATaskLeftInTheMiddleOfAnAccept_FindsOutFirstWhatBecameOfIt()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        task.Log.Append(new TaskStateChanged { To = TaskState.ReadyForReview });
        await task.TakeUpAsync();
        task.Log.Append(new TaskStateChanged { To = TaskState.Merging });

        await task.Actor.DiscardAsync(CancellationToken.None);

        task.Log.Snapshot.State.ShouldBe(TaskState.Discarded);
        task.Log.Snapshot.KeptRef.ShouldNotBeNull();
    }

    [Fact]
    public async Task Discard_OfATaskThatDiedBeforeItsNewWorktreeWasStored_RemovesTheWorktree()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.Git.PrepareAsync(task.Log.Snapshot, CancellationToken.None);
        task.Log.Append(new TaskStateChanged { To = TaskState.Stopped });
        await task.TakeUpAsync();

        await task.Actor.DiscardAsync(CancellationToken.None);

        Directory.Exists(task.Log.Snapshot.Created.Worktree).ShouldBeFalse();
        (await task.Repository.GitAsync("branch", "--list", "agent/*")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Discard_WhenTheAuditLogCannotBeWritten_StillDiscards()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        task.Log.Append(new TaskStateChanged { To = TaskState.Stopped });
        Directory.CreateDirectory(task.AuditPath);
        await task.TakeUpAsync();

        await task.Actor.DiscardAsync(CancellationToken.None);

        task.Log.Snapshot.State.ShouldBe(TaskState.Discarded);
    }

    [Fact]
    public async Task Resume_OfATaskWhoseFailureCouldNotBeStored_GoesOn()
    {
        await using var task = await LiveTask.CreateAsync("""{"": [{"text": "Done."}]}""");
        await task.PrepareAsync();
        task.Log.Append(new TaskStateChanged { To = TaskState.Stopped });
        await task.TakeUpAsync();
        task.Log.Append(new TaskStateChanged { To = TaskState.Running });

        await task.Actor.ResumeAsync(CancellationToken.None);

        await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview);
    }
}
