using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class TaskActorApprovalTests
{
    private const string AsksForACommand = """
        {"": [{"calls": [{"name": "run_command", "arguments": {"command": "true"}}]}, {"text": "Done."}]}
        """;

    [Theory]
    [InlineData(ApprovalDecision.Allow, "allowed")]
    [InlineData(ApprovalDecision.Deny, "denied")]
    public async Task Answer_OfTwoClientsAtOnce_CountsOnce_AndTheSecondIsTold(ApprovalDecision decision, string told)
    {
        await using var task = await LiveTask.CreateAsync(AsksForACommand);
        await task.TakeUpAsync();
        var waiting = await task.SeenAsync(snapshot => snapshot.State == TaskState.WaitingForApproval);
        var call = waiting.Approvals[0].Request.CallId;

        Task[] answers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() => task.Actor.AnswerApprovalAsync(call, decision, CancellationToken.None)))];
        await Task.WhenAll(answers).ContinueWith(_ => { }, TaskScheduler.Default);

        answers.Count(answer => answer.IsCompletedSuccessfully).ShouldBe(1);
        var failures = answers.Where(answer => answer.IsFaulted).Select(answer => answer.Exception!.InnerException.ShouldBeOfType<RequestFailedException>());
        foreach (var failure in failures)
        {
            failure.Error.Code.ShouldBe("alreadyAnswered");
            failure.Message.ShouldMatch($"was ({told}|answered) already");
        }

        (await task.SeenAsync(snapshot => snapshot.State.IsSettled())).State.ShouldBe(TaskState.ReadyForReview);
        var late = await Should.ThrowAsync<RequestFailedException>(() => task.Actor.AnswerApprovalAsync(call, ApprovalDecision.Allow, CancellationToken.None));
        late.Error.Code.ShouldBe("alreadyAnswered");
        (await Should.ThrowAsync<RequestFailedException>(() => task.Actor.AnswerApprovalAsync("nothing", ApprovalDecision.Allow, CancellationToken.None)))
            .Error.Code.ShouldBe("unknownCall");
    }

    [Fact]
    public async Task Answer_ToAStoppedTask_StartsNothing_AndAfterAResumeItIsAskedAgain()
    {
        await using var task = await LiveTask.CreateAsync(AsksForACommand);
        await task.TakeUpAsync();
        var waiting = await task.SeenAsync(snapshot => snapshot.State == TaskState.WaitingForApproval);
        var call = waiting.Approvals[0].Request.CallId;
        await task.Actor.StopAsync(CancellationToken.None);
        TaskViews.ToView(task.Actor.Snapshot, TaskSurroundings.None).Approvals.ShouldBeEmpty();

        (await Should.ThrowAsync<RequestFailedException>(() => task.Actor.AnswerApprovalAsync(call, ApprovalDecision.Allow, CancellationToken.None)))
            .Error.Code.ShouldBe("wrongState");
        task.Actor.Snapshot.State.ShouldBe(TaskState.Stopped);

        await task.Actor.ResumeAsync(CancellationToken.None);
        await task.SeenAsync(snapshot => snapshot.State == TaskState.WaitingForApproval);
        await task.Actor.AnswerApprovalAsync(call, ApprovalDecision.Allow, CancellationToken.None);
        var ready = await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview);
        ready.Steps.ShouldHaveSingleItem().AllowedBy.ShouldBe("user");
    }

    [Fact]
    public async Task Answer_ForTheRepository_IsRemembered_AndTheNextTaskIsNotAsked()
    {
        await using var task = await LiveTask.CreateAsync("""
            {"": [{"calls": [{"name": "run_command", "arguments": {"command": "true"}}]}, {"calls": [{"name": "run_command", "arguments": {"command": "true"}}]}, {"text": "Done."}]}
            """);
        await task.TakeUpAsync();
        var waiting = await task.SeenAsync(snapshot => snapshot.State == TaskState.WaitingForApproval);

        await task.Actor.AnswerApprovalAsync(waiting.Approvals[0].Request.CallId, ApprovalDecision.AllowAlwaysInRepository, CancellationToken.None);

        var ready = await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview);
        ready.Steps.Select(step => step.AllowedBy).ShouldBe(["user", "repository"]);
        TaskViews.ToView(ready.Steps[1]).Approval.ShouldBe(new Protocol.Tasks.StepApproval("repository", "true"));
        (await File.ReadAllTextAsync(task.AuditPath)).ShouldContain("AllowedByRepository");
    }

    [Fact]
    public async Task Waiting_HoldsNoPlace_NoWorker_AndNoRunningTime()
    {
        await using var task = await LiveTask.CreateAsync(AsksForACommand);
        await task.TakeUpAsync();
        var waiting = await task.SeenAsync(snapshot => snapshot.State == TaskState.WaitingForApproval);

        await task.UndrivenAsync();

        task.PlacesTaken.ShouldBe(0);
        waiting.RunningSince.ShouldBeNull();
        waiting.Usage.Requests.ShouldBe(1);
        WorkersOf(task).ShouldBeEmpty();
    }

    /// <summary>Processes that name the task's worktree on their command line.</summary>
    private static IEnumerable<string> WorkersOf(LiveTask task)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            string commandLine;
            try
            {
                commandLine = File.ReadAllText(Path.Combine(folder, "cmdline"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // It ended meanwhile.
            }

            if (commandLine.Contains($"{task.Repository.Path}/.worktrees/{LiveTask.Id}", StringComparison.Ordinal))
            {
                yield return commandLine;
            }
        }
    }
}
