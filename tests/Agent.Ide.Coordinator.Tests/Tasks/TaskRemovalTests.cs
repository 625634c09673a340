using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class TaskRemovalTests
{
    [Fact]
    public async Task DiscardAndRestore_AreInTheAuditLog_WithWhatWasKeptAndHow()
    {
        await using var task = await StoppedAsync();
        var root = task.Log.Snapshot.Created.Worktree;
        Directory.CreateDirectory(Path.Combine(root, "empty"));
        await File.WriteAllTextAsync(Path.Combine(root, "new.txt"), "new\n");
        var head = task.Log.Snapshot.Head;

        await task.Actor.DiscardAsync(CancellationToken.None);

        task.Log.Snapshot.RemovedAt.ShouldNotBeNull();
        TaskViews.ToView(task.Log.Snapshot, TaskSurroundings.None).RestorableUntil.ShouldBe(task.Log.Snapshot.RemovedAt + TimeSpan.FromDays(30));
        await task.Actor.RestoreAsync(CancellationToken.None);

        (task.Log.Snapshot.State, task.Log.Snapshot.Head, task.Log.Snapshot.RemovedAt).ShouldBe((TaskState.ReadyForReview, head, null));
        Directory.Exists(Path.Combine(root, "empty")).ShouldBeTrue();
        (await File.ReadAllTextAsync(Path.Combine(root, "new.txt"))).ShouldBe("new\n");
        var lines = await File.ReadAllLinesAsync(task.AuditPath);
        lines[0].ShouldContain($"\"action\":\"discard\",\"task\":\"{LiveTask.Id}\",\"outcome\":\"removed\",\"kept\":\"refs/agent-ide/kept/{LiveTask.Id}/1\",\"detail\":\"set aside: empty\"");
        lines[1].ShouldContain($"\"action\":\"restore\",\"task\":\"{LiveTask.Id}\",\"outcome\":\"{head}\"");
    }

    [Fact]
    public async Task Restore_WhenNothingIsKeptAnyMore_SaysUntilWhenItWasPossible()
    {
        await using var task = await StoppedAsync();
        await task.Actor.DiscardAsync(CancellationToken.None);
        await task.Repository.GitAsync("update-ref", "-d", $"refs/agent-ide/kept/{LiveTask.Id}/1");

        var failure = await Should.ThrowAsync<RequestFailedException>(() => task.Actor.RestoreAsync(CancellationToken.None));

        failure.Error.Code.ShouldBe("tooLate");
        failure.Message.ShouldContain($"could be restored until {(task.Log.Snapshot.RemovedAt + TimeSpan.FromDays(30)):yyyy-MM-dd}");
        task.Log.Snapshot.State.ShouldBe(TaskState.Discarded);
    }

    [Fact]
    public async Task Discard_WhileAProgramWritesInTheWorktree_ChangesNothing_AndForceDoesIt()
    {
        await using var task = await StoppedAsync();
        await using var writer = await WriterAsync(task.Log.Snapshot.Created.Worktree);

        var failure = await Should.ThrowAsync<GitException>(() => task.Actor.DiscardAsync(CancellationToken.None));

        failure.Problem.ShouldBe(GitProblem.InUse);
        task.Log.Snapshot.State.ShouldBe(TaskState.Stopped);
        await task.Actor.DiscardAsync(force: true, CancellationToken.None);
        task.Log.Snapshot.State.ShouldBe(TaskState.Discarded);
        task.Log.Snapshot.RemovalNotices.ShouldHaveSingleItem().ShouldContain($"sh ({writer.Id})");
    }

    [Fact]
    public async Task Accept_WhileAProgramWritesInTheWorktree_LandsAndLeavesItForACleanUp()
    {
        await using var task = await StoppedAsync();
        var root = task.Log.Snapshot.Created.Worktree;
        await using (await WriterAsync(root))
        {
            await task.Actor.AcceptAsync(new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head), task.Repository.Path, CancellationToken.None);
            (task.Log.Snapshot.State, Directory.Exists(root)).ShouldBe((TaskState.Merged, true));
        }

        (await File.ReadAllLinesAsync(task.AuditPath)).ShouldContain(line => line.Contains("\"outcome\":\"left\"", StringComparison.Ordinal));
        (await task.Actor.RemoveLeftAsync(force: false, CancellationToken.None)).ShouldNotBeNull();
        (task.Log.Snapshot.State, Directory.Exists(root)).ShouldBe((TaskState.Merged, false));
    }

    [Fact]
    public async Task Accept_WhereAPersonLeftWorkInTheWorktree_SaysWhatDidNotLand_AndTheCommandThatBringsIt()
    {
        await using var task = await StoppedAsync();
        var root = task.Log.Snapshot.Created.Worktree;
        await File.WriteAllTextAsync(Path.Combine(root, "notes.txt"), "by a person\n");
        await File.WriteAllTextAsync(Path.Combine(root, "mine.txt"), "mine\n");

        await task.Actor.AcceptAsync(new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head), task.Repository.Path, CancellationToken.None);

        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);
        task.Repository.Exists("mine.txt").ShouldBeFalse();
        var notice = task.Log.Snapshot.RemovalNotices.ShouldHaveSingleItem();
        notice.ShouldContain("did not land: mine.txt, notes.txt. It is kept for 30 days");
        var commands = notice.Split('`').Where((_, index) => index % 2 == 1).Select(command => command.Split(' ')[1..]).ToArray();
        (await task.Repository.GitAsync(commands[0])).ShouldContain("+by a person");
        await task.Repository.GitAsync(commands[1]);
        (task.Repository.Read("mine.txt"), task.Repository.Read("notes.txt")).ShouldBe(("mine\n", "by a person\n"));
    }

    [Fact]
    public async Task Discard_WhereAPersonLeftWorkInTheWorktree_NeedsNoWords_BecauseARestoreBringsIt()
    {
        await using var task = await StoppedAsync();
        await File.WriteAllTextAsync(Path.Combine(task.Log.Snapshot.Created.Worktree, "mine.txt"), "mine\n");

        await task.Actor.DiscardAsync(CancellationToken.None);

        task.Log.Snapshot.RemovalNotices.ShouldBeEmpty();
    }

    [Fact]
    public async Task Discard_OfATaskOthersStartFrom_IsRefusedAndNamesThem()
    {
        await using var task = await StoppedAsync(_ => ["child"]);

        var failure = await Should.ThrowAsync<RequestFailedException>(() => task.Actor.DiscardAsync(CancellationToken.None));

        failure.Error.Code.ShouldBe("neededByTask");
        failure.Message.ShouldContain("child");
        task.Log.Snapshot.State.ShouldBe(TaskState.Stopped);
    }

    [Fact]
    public async Task TakenUp_WithALogOfARestoreThatWasCutShort_EndsIt()
    {
        await using var task = await StoppedAsync();
        var head = task.Log.Snapshot.Head;
        await task.Actor.DiscardAsync(CancellationToken.None);
        await task.Git.RestoreAsync(task.Log.Snapshot, CancellationToken.None);
        task.Log.Append(new TaskRestored { Head = head });

        await task.TakeUpAsync();

        task.Log.Snapshot.State.ShouldBe(TaskState.ReadyForReview);
        Directory.Exists(task.Log.Snapshot.Created.Worktree).ShouldBeTrue();
    }

    private static async Task<LiveTask> StoppedAsync(Func<string, IReadOnlyList<string>>? dependents = null)
    {
        var task = await LiveTask.CreateAsync();
        task.FindDependents = dependents ?? task.FindDependents;
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        task.Log.Append(new TaskStateChanged { To = TaskState.Stopped });
        await task.TakeUpAsync();
        return task;
    }

    private static async Task<ChildProcess> WriterAsync(string folder)
    {
        var process = ChildProcess.Start(new ProcessStart { FileName = "sh", Arguments = ["-c", "exec 3>> notes.txt; echo ready; read x"], WorkingDirectory = folder });
        using var reader = new StreamReader(process.StandardOutput, leaveOpen: true);
        (await reader.ReadLineAsync()).ShouldBe("ready");
        return process;
    }
}
