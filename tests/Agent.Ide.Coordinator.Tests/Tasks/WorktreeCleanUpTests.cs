using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Coordinator.Setup;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Testing.Repositories;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class WorktreeCleanUpTests
{
    [Fact]
    public async Task Prune_OfOrphans_WaitsForTheirAge_UnlessAPersonAsks_AndLeavesTheirBranch()
    {
        await using var place = await CleanUp.OpenAsync();
        var worktree = await place.OrphanAsync("orphan");
        await File.WriteAllTextAsync(Path.Combine(worktree.Root, "new.txt"), "n\n");

        var young = await place.Worktrees.PruneAsync(new PruneRequest { OlderThan = TimeSpan.FromHours(24) }, CancellationToken.None);
        (young.Removed.Count, young.Left.ShouldHaveSingleItem().Reason).ShouldBe((0, "it is not old enough"));
        var listed = (await place.Worktrees.ListAsync(CancellationToken.None)).Worktrees.ShouldHaveSingleItem();
        (listed.State, listed.Id).ShouldBe(("orphan", null));
        listed.Bytes!.Value.ShouldBeGreaterThan(0);
        (await place.Worktrees.PruneAsync(new PruneRequest { DryRun = true }, CancellationToken.None)).Removed.ShouldHaveSingleItem();
        Directory.Exists(worktree.Root).ShouldBeTrue();

        var asked = await place.Worktrees.PruneAsync(new PruneRequest(), CancellationToken.None);

        asked.Removed.ShouldHaveSingleItem().KeptRef.ShouldBe("refs/agent-ide/kept/orphan/1");
        Directory.Exists(worktree.Root).ShouldBeFalse();
        (await place.Repository.HashAsync("agent/orphan")).ShouldBe(worktree.Base);
        (await File.ReadAllTextAsync(place.AuditPath)).ShouldContain("\"action\":\"prune\",\"task\":\"orphan\",\"outcome\":\"removed\",\"kept\":\"refs/agent-ide/kept/orphan/1\"");
    }

    [Fact]
    public async Task Prune_LeavesATaskWhoseLogCannotBeRead_AndGoesOnWhereOneCannotBeRemoved()
    {
        await using var place = await CleanUp.OpenAsync();
        var unread = await place.OrphanAsync("unread");
        await File.WriteAllTextAsync(place.Folder.TaskLog("unread"), "no database");
        var taken = await place.OrphanAsync("taken");
        File.Delete(Path.Combine(taken.Root, ".git"));
        Directory.CreateDirectory(Path.Combine(taken.Root, ".git"));
        var gone = await place.OrphanAsync("gone");
        Directory.Delete(gone.Root, recursive: true);

        var result = await place.Worktrees.PruneAsync(new PruneRequest(), CancellationToken.None);

        result.Removed.ShouldHaveSingleItem().Id.ShouldBe("gone");
        result.Left.Select(left => (left.Id, left.Failed)).ShouldBe([("taken", true), ("unread", false)], ignoreOrder: true);
        Directory.Exists(unread.Root).ShouldBeTrue();
        Directory.Exists(taken.Root).ShouldBeTrue();
    }

    private sealed class CleanUp : IAsyncDisposable
    {
        private readonly GitStore _store;
        private readonly Git.Worktrees _git;
        private readonly GitRepository _opened;
        private readonly BoardFile _board;

        private CleanUp(TempRepository repository, GitRepository opened)
        {
            Repository = repository;
            _opened = opened;
            Folder = new StateFolder(opened.CommonDirectory);
            _store = new GitStore(opened, new GitClock(TimeProvider.System, null));
            _git = new Git.Worktrees(new Checkpoints(_store));
            _board = new BoardFile(Folder.Board);
            var tasks = new TaskRegistry(
                Folder, _board, new TaskFeed(0), path => new TaskLogFile(path), (_, _, _) => throw new InvalidOperationException("No task has an actor."), TimeProvider.System, NullLogger.Instance);
            Worktrees = new TaskWorktrees(_git, new KeptRetention(_store), tasks, new AuditLog(AuditPath, TimeProvider.System), TimeProvider.System);
        }

        public TempRepository Repository { get; }

        public StateFolder Folder { get; }

        public string AuditPath => Folder.Audit;

        public TaskWorktrees Worktrees { get; }

        public static async Task<CleanUp> OpenAsync()
        {
            var repository = await TempRepository.CreateAsync(("a.txt", "one\n"));
            return new CleanUp(repository, await GitRepository.OpenAsync(await GitProgram.LocateAsync(), repository.Path));
        }

        public Task<Worktree> OrphanAsync(string id) =>
            _git.CreateAsync(new WorktreeRequest { Id = id, Place = new WorktreePlace { Checkout = _opened.Checkout } });

        public async ValueTask DisposeAsync()
        {
            Worktrees.Dispose();
            _git.Dispose();
            _board.Dispose();
            await _store.DisposeAsync();
            await Repository.DisposeAsync();
        }
    }
}
