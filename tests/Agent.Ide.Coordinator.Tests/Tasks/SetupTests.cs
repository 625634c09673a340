using System.Text.Json;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Coordinator.Tests.Sandboxing;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class SetupTests
{
    private const string SaysDone = """{"": [{"text": "Done."}]}""";

    private static Task<LiveTask> CreateAsync(params string[] commands) =>
        LiveTask.CreateAsync(SaysDone, settings: new TaskSettings { Setup = commands });

    [SandboxFact]
    public async Task Setup_RunsInOrderBeforeTheAgent_AndWhatItChangedIsNobodysWork()
    {
        await using var task = await CreateAsync("echo one > made.txt && echo to the log", "echo two >> made.txt; echo more >> notes.txt");
        var before = await task.Repository.FingerprintAsync();
        var preparing = task.SeenAsync(snapshot => snapshot.Setup.Open is { Number: 2 });
        await task.TakeUpAsync(HostSandbox.Sandbox);

        (await preparing).State.ShouldBe(TaskState.Preparing);
        TaskViews.ToView(await preparing, TaskSurroundings.None).Activity.ShouldBe("setup 2 of 2: echo two >> made.txt; echo more >> notes.txt");
        var ready = await task.SeenAsync(snapshot => snapshot.State.IsSettled());

        ready.State.ShouldBe(TaskState.ReadyForReview, ready.Error?.Message);
        ready.Head.ShouldBe(ready.BaseCommit);
        ready.BaseCommit.ShouldNotBe(ready.Created.BaseCommit);
        (await task.Repository.HashAsync("refs/agent-ide/base/" + LiveTask.Id)).ShouldBe(ready.BaseCommit);
        (await task.Repository.ShowAsync(ready.Head, "made.txt")).ShouldBe("one\ntwo\n");
        ready.Changes.ShouldNotBeNull().Files.ShouldBe(0);
        (await task.Repository.GitAsync("log", "-1", "--format=%s|%(trailers:key=Agent-Tool,valueonly)", ready.Head)).Trim().ShouldStartWith("setup: ");
        var log = Path.Combine(task.Repository.Path, ".git/agent-ide/logs", LiveTask.Id + "-setup.log");
        File.ReadAllText(log).ShouldContain("$ echo one > made.txt && echo to the log\nto the log\n(exit code 0)\n");
        File.GetUnixFileMode(log).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await task.Repository.FingerprintAsync()).ShouldEqual(before);
    }

    [SandboxFact]
    public async Task Setup_ThatMakesARepository_LeavesItsFilesWithoutIt_AndSaysSo()
    {
        await using var task = await CreateAsync("mkdir vendored && cd vendored && git init -q . && echo x > file");
        await task.TakeUpAsync(HostSandbox.Sandbox);

        var ready = await task.SeenAsync(snapshot => snapshot.State.IsSettled());

        ready.State.ShouldBe(TaskState.ReadyForReview, ready.Error?.Message);
        Path.Exists(Path.Combine(ready.Created.Worktree, "vendored/.git")).ShouldBeFalse();
        (await task.Repository.ShowAsync(ready.Head, "vendored/file")).ShouldBe("x\n");
        File.ReadAllText(Path.Combine(task.Repository.Path, ".git/agent-ide/logs", LiveTask.Id + "-setup.log")).ShouldContain("Taken away: vendored");
    }

    [SandboxFact]
    public async Task Setup_ThatFails_FailsTheTaskAndSaysWhere_AndAResumeRunsWhatIsLeft()
    {
        await using var task = await CreateAsync("echo first >> first.log", "echo why; cat missing.flag && echo third > third.txt", "true");
        task.Repository.Write(".gitignore", "*.log\n");
        await task.TakeUpAsync(HostSandbox.Sandbox);

        var failed = await task.SeenAsync(snapshot => snapshot.State == TaskState.Failed);

        var error = failed.Error.ShouldNotBeNull();
        error.Code.ShouldBe("setupFailed");
        error.ExitCode.ShouldBe(1);
        error.Message.ShouldContain("Setup command 2 of 3");
        error.Message.ShouldContain("cat missing.flag");
        error.Message.ShouldContain("exit code 1");
        File.ReadAllText(error.Message[(error.Message.IndexOf("Its output: ", StringComparison.Ordinal) + "Its output: ".Length)..]).ShouldContain("why\n");
        failed.Steps.ShouldBeEmpty();
        var root = failed.Created.Worktree;
        await File.WriteAllTextAsync(Path.Combine(root, "missing.flag"), "there");

        await task.Actor.ResumeAsync(CancellationToken.None);
        var ready = await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview);

        ready.Setup.Done.ShouldBe(3);
        (await File.ReadAllTextAsync(Path.Combine(root, "first.log"))).ShouldBe("first\n", "a command that is done is not repeated");
        File.Exists(Path.Combine(root, "third.txt")).ShouldBeTrue();
    }

    [SandboxFact]
    public async Task Setup_CanBeStopped_AndNothingOfItLives()
    {
        const string Mark = "86399.125";
        await using var task = await CreateAsync($"touch begun; sleep {Mark}");
        await task.TakeUpAsync(HostSandbox.Sandbox);
        await task.SeenAsync(snapshot => snapshot.Setup.Open is not null);

        await task.Actor.StopAsync(CancellationToken.None);

        task.Log.Snapshot.State.ShouldBe(TaskState.Stopped);
        SandboxedRepository.IsRunning(Mark).ShouldBeFalse();
    }

    [SandboxFact]
    public async Task Setup_ThatTakesTooLong_IsKilled_AndNamesTheLimit()
    {
        const string Mark = "86399.25";
        await using var task = await LiveTask.CreateAsync(SaysDone, settings: new TaskSettings { Setup = [$"sleep {Mark}"], TimeSeconds = 1 });
        await task.TakeUpAsync(HostSandbox.Sandbox);

        var failed = await task.SeenAsync(snapshot => snapshot.State == TaskState.Failed);

        failed.Error.ShouldNotBeNull().Code.ShouldBe("setupFailed");
        failed.Error!.Message.ShouldContain("time_seconds");
        SandboxedRepository.IsRunning(Mark).ShouldBeFalse();
    }

    [SandboxFact]
    public async Task Setup_CutShortByADeath_BeginsWithTheCommandThatWasUnderWay_AndKeepsWhatItHadStored()
    {
        await using var task = await CreateAsync("echo again >> first.txt", "echo second > second.txt");
        await task.PrepareAsync();
        var worktree = await task.Git.FindAsync(task.Log.Snapshot, CancellationToken.None);
        task.Log.Append(new SetupStarted { Number = 1, Command = "echo again >> first.txt", Log = "log" });
        task.Log.Append(new SetupFinished { Number = 1, ExitCode = 0 });
        task.Log.Append(new SetupStarted { Number = 2, Command = "echo second > second.txt", Log = "log" });
        await File.WriteAllTextAsync(Path.Combine(worktree.Root, "first.txt"), "by the one that died\n");
        // It had stored everything and died before it could say so.
        await task.Git.StoreSetupAsync(task.Log.Snapshot, worktree, CancellationToken.None);

        await task.TakeUpAsync(HostSandbox.Sandbox);
        var ready = await task.SeenAsync(snapshot => snapshot.State.IsSettled());

        ready.State.ShouldBe(TaskState.ReadyForReview, ready.Error?.Message);
        ready.Head.ShouldBe(ready.BaseCommit);
        (await task.Repository.GitAsync("ls-tree", "--name-only", ready.Head)).ShouldBe("first.txt\nnotes.txt\nsecond.txt");
        (await task.Repository.ShowAsync(ready.Head, "first.txt")).ShouldBe("by the one that died\n");
    }

    [Fact]
    public async Task Setup_WithoutASandbox_AsksForEachCommand_AndRunsWhatWasAllowed()
    {
        await using var task = await CreateAsync("echo allowed > made.txt", "echo never > other.txt");
        await task.TakeUpAsync();

        var first = await task.SeenAsync(snapshot => snapshot.State == TaskState.WaitingForApproval);
        first.Approvals.ShouldHaveSingleItem().Request.Summary.ShouldBe("echo allowed > made.txt");
        File.Exists(Path.Combine(first.Created.Worktree, "made.txt")).ShouldBeFalse();
        await task.Actor.AnswerApprovalAsync("setup-1", ApprovalDecision.Allow, CancellationToken.None);
        var second = await task.SeenAsync(snapshot => snapshot.State == TaskState.WaitingForApproval && snapshot.Setup.Done == 1);
        File.Exists(Path.Combine(second.Created.Worktree, "made.txt")).ShouldBeTrue();
        await task.Actor.AnswerApprovalAsync("setup-2", ApprovalDecision.Deny, CancellationToken.None);

        var failed = await task.SeenAsync(snapshot => snapshot.State == TaskState.Failed);
        failed.Error.ShouldNotBeNull().Code.ShouldBe("setupDenied");
        failed.Error!.ExitCode.ShouldBe(5);
        File.Exists(Path.Combine(failed.Created.Worktree, "other.txt")).ShouldBeFalse();

        await task.Actor.ResumeAsync(CancellationToken.None);
        (await task.SeenAsync(snapshot => snapshot.State == TaskState.WaitingForApproval)).Approvals.ShouldHaveSingleItem().Decision.ShouldBeNull();
    }

    [SandboxFact]
    public async Task Setup_AfterARestore_RunsAgainBeforeTheAgentGoesOn()
    {
        await using var task = await CreateAsync("mkdir -p cache.log && date +%N > cache.log/x");
        await task.Repository.Write(".gitignore", "*.log\n").CommitAsync();
        await task.TakeUpAsync(HostSandbox.Sandbox);
        await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview);
        await task.Actor.DiscardAsync(CancellationToken.None);
        await task.Actor.RestoreAsync(CancellationToken.None);

        await task.Actor.MessageAsync("go on", CancellationToken.None);
        var again = await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview && snapshot.Setup.IsStored);

        File.Exists(Path.Combine(again.Created.Worktree, "cache.log/x")).ShouldBeTrue();
    }

    [Fact]
    public void ALogFromBeforeSetupExisted_HasNoCommands()
    {
        const string Settings = """{"kind":"created","id":"a","title":"a","prompt":"a","checkout":"/","baseRef":"main","baseCommit":"0","branch":"b","worktree":"/w","settings":{"timeSeconds":1}}""";
        const string Worktree = """{"kind":"worktree","baseCommit":"0"}""";

        var snapshot = TaskSnapshot.Fold([.. new[] { Settings, Worktree }.Select(line => JsonSerializer.Deserialize(line, TaskEventJson.Default.TaskEvent)!)]);

        snapshot.IsSetUp.ShouldBeTrue();
        snapshot.Worktree.ShouldNotBeNull().Notices.ShouldBeEmpty();
    }
}
