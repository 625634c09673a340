using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

/// <summary>A temporary repository, the harness's view of it, and a task's worktree in it.</summary>
internal sealed class TaskFixture : IAsyncDisposable
{
    private int _step;

    private TaskFixture(TempRepository user, GitRepository repository, GitStore store, long maxFileBytes)
    {
        User = user;
        Repository = repository;
        Store = store;
        Checkpoints = new Checkpoints(store, maxFileBytes);
        Worktrees = new Worktrees(Checkpoints);
        Rollback = new Rollback(Checkpoints);
    }

    public TempRepository User { get; }

    public GitRepository Repository { get; }

    public GitStore Store { get; }

    public Checkpoints Checkpoints { get; }

    public Worktrees Worktrees { get; }

    public Rollback Rollback { get; }

    public Worktree Task { get; private set; } = null!;

    public WorktreePlace Place => new() { Checkout = Repository.Checkout };

    public static async Task<TaskFixture> OpenAsync(
        TempRepository user, long maxFileBytes = 512L * 1024 * 1024, string? epoch = "1700000000", TimeProvider? time = null)
    {
        var program = await GitProgram.LocateAsync("git", user.Environment);
        var repository = await GitRepository.OpenAsync(program, user.Path);
        return new TaskFixture(user, repository, new GitStore(repository, new GitClock(time ?? TimeProvider.System, epoch)), maxFileBytes);
    }

    /// <summary>A repository with these files, and the task <c>t</c> on it.</summary>
    public static async Task<TaskFixture> CreateAsync(params (string Path, string Content)[] files)
    {
        var user = await TempRepository.CreateAsync(files.Length == 0 ? [("a.txt", "one\n")] : files);
        return await (await OpenAsync(user)).WithTaskAsync();
    }

    public async Task<TaskFixture> WithTaskAsync(string id = "t")
    {
        Task = await Worktrees.CreateAsync(new WorktreeRequest { Id = id, Place = Place });
        return this;
    }

    public string FullPath(string path) => Path.Combine(Task.Root, path);

    public void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FullPath(path))!);
        File.WriteAllText(FullPath(path), content);
    }

    public async Task<string> TipAsync() => (await Store.ResolveCommitAsync(Task.Branch))!;

    /// <summary>Stores these paths as the next step; none: scans the worktree.</summary>
    public async Task<CheckpointResult> StoreAsync(params string[] paths)
    {
        _step++;
        return await Checkpoints.StoreAsync(new CheckpointRequest
        {
            Worktree = Task,
            ExpectedTip = await TipAsync(),
            Paths = paths.Length == 0 ? null : paths,
            Subject = $"write_file: step {_step}",
            Trailers =
            [
                new(CheckpointTrailers.Task, Task.Id),
                new(CheckpointTrailers.Step, _step.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                new(CheckpointTrailers.Tool, "write_file v1"),
                new(CheckpointTrailers.Model, "scripted"),
            ],
        });
    }

    /// <summary><c>mode path</c> of every file of the branch.</summary>
    public async Task<string[]> TreeAsync()
    {
        var output = await User.GitAsync("ls-tree", "-r", "-z", await TipAsync());
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..7] + line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..])];
    }

    /// <summary>git's own view of the worktree, index refreshed first.</summary>
    public async Task<string> StatusAsync()
    {
        await Checkpoints.RefreshIndexAsync(Task);
        return await User.GitAsync("-C", Task.Root, "status", "--porcelain", "--untracked-files=all");
    }

    public async ValueTask DisposeAsync()
    {
        Worktrees.Dispose();
        await Store.DisposeAsync();

        // .NET cannot delete names that are no text, nor below folders without permissions.
        await Shell.RunAsync("/", $"chmod -R u+rwx '{User.Path}'; rm -rf '{User.Path}'");
        await User.DisposeAsync();
    }
}
