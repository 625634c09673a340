using System.Collections.Concurrent;

namespace Agent.Ide.Git;

/// <summary>
/// The index of a task's worktree, which checkpoints leave behind: brought up to the branch when somebody needs it, and the
/// means by which one
/// <c>git status</c> finds what a command changed. One operation at a time per worktree.
/// </summary>
internal sealed class WorktreeIndex
{
    /// <summary>A lock older than this was left by a process that is gone.</summary>
    private static readonly TimeSpan StaleLock = TimeSpan.FromMinutes(10);

    private readonly GitStore _store;
    private readonly FifoRelease _guard = new(TimeSpan.FromMinutes(2));
    private readonly ConcurrentDictionary<string, State> _states = new(StringComparer.Ordinal);

    public WorktreeIndex(GitStore store)
    {
        _store = store;
    }

    /// <summary>Makes the index say what a commit says, keeping what it knows about unchanged files.</summary>
    public Task RefreshAsync(Worktree worktree, string commit, CancellationToken cancellationToken) =>
        ExclusivelyAsync(
            worktree,
            async state =>
            {
                await RefreshAsync(worktree, commit, state, cancellationToken);
                return true;
            },
            cancellationToken);

    /// <summary>The paths that differ from a commit or are untracked and not ignored by the worktree's rules.</summary>
    /// <param name="worktree">Where to look.</param>
    /// <param name="commit">Its branch's tip.</param>
    /// <param name="below">Only below these folders; empty: everywhere.</param>
    /// <param name="cancellationToken">Kills what runs.</param>
    public Task<WorktreeChanges> ScanAsync(Worktree worktree, string commit, IReadOnlyList<string> below, CancellationToken cancellationToken) =>
        ExclusivelyAsync(
            worktree,
            async state =>
            {
                await RefreshAsync(worktree, commit, state, cancellationToken);
                var settings = await _store.Settings.ReadAsync(cancellationToken);
                var command = settings.WithoutFilters(_store.Repository.On(worktree.Checkout)).WithIndexWrites();
                List<string> arguments =
                [
                    "status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignored=no", "--ignore-submodules=all", "--no-renames", "--", .. below,
                ];
                var output = await _guard.RunAsync(worktree.Root, token => command.RunAsync(arguments, default, token), cancellationToken);
                state.Stamp = StampOf(worktree);
                return Parse(output);
            },
            cancellationToken);

    /// <summary>Makes the index say what a commit says and writes these files of it, over whatever is there; no filter runs.</summary>
    public Task WriteFilesAsync(Worktree worktree, string commit, IReadOnlyCollection<string> paths, CancellationToken cancellationToken) =>
        ExclusivelyAsync(
            worktree,
            async state =>
            {
                await RefreshAsync(worktree, commit, state, cancellationToken);
                var settings = await _store.Settings.ReadAsync(cancellationToken);
                var command = settings.WithoutFilters(_store.Repository.On(worktree.Checkout));
                var input = GitPath.EncodeNulTerminated(paths);
                await _guard.RunAsync(
                    worktree.Root, token => command.RunAsync(["checkout-index", "--force", "--index", "--ignore-skip-worktree-bits", "-z", "--stdin"], input, token), cancellationToken);
                state.Stamp = StampOf(worktree);
                return true;
            },
            cancellationToken);

    /// <summary>Lists the files of a folder that holds a repository of its own, as if it were an ordinary one.</summary>
    public async Task<IReadOnlyList<string>> ListNestedAsync(Worktree worktree, string folder, CancellationToken cancellationToken)
    {
        var root = Path.Combine(worktree.Root, folder);
        if (!GitPath.IsText(root))
        {
            // No program can be started in a folder of such a name; whoever stores the files applies the ignore rules to each.
            return ListByName(root, folder, cancellationToken);
        }

        var command = GitCommand.OnCheckout(_store.Repository.Program, worktree.GitDirectory, root)
            .WithIndex(Path.Combine(worktree.GitDirectory, "agent-ide-no-index"));
        string[] arguments = ["ls-files", "--others", "--exclude-standard", "-z"];
        var output = await _guard.RunAsync(root, token => command.RunAsync(arguments, default, token), cancellationToken);
        return [.. output.NulTerminated.Select(path => $"{folder}/{path}")];
    }

    private static List<string> ListByName(string root, string folder, CancellationToken cancellationToken)
    {
        var files = new List<string>();
        var waiting = new Stack<(string Root, string Folder)>([(root, folder)]);
        while (waiting.TryPop(out var next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var entry in HostFolder.ListNames(next.Root) ?? [])
            {
                if (entry.Kind != PathKind.Folder)
                {
                    files.Add($"{next.Folder}/{entry.Name}");
                }
                else if (!PathRules.IsGitFolder(entry.Name))
                {
                    waiting.Push(($"{next.Root}/{entry.Name}", $"{next.Folder}/{entry.Name}"));
                }
            }
        }

        return files;
    }

    /// <summary>Whether the worktree may leave out files of its commit.</summary>
    public static bool IsSparse(Worktree worktree) => File.Exists(Path.Combine(worktree.GitDirectory, "info", "sparse-checkout"));

    /// <summary>Whether a sparse checkout leaves out something below a folder.</summary>
    public async Task<bool> HidesAnyAsync(Worktree worktree, string folder, CancellationToken cancellationToken)
    {
        if (!IsSparse(worktree))
        {
            return false;
        }

        var listed = await _store.Repository.On(worktree.Checkout).RunAsync(["ls-files", "-t", "-z", "--", folder], default, cancellationToken);
        return listed.NulTerminated.Any(line => line.StartsWith("S ", StringComparison.Ordinal));
    }

    /// <summary>Forgets a worktree that is gone.</summary>
    public void Forget(Worktree worktree) => _states.TryRemove(worktree.GitDirectory, out _);

    private async Task RefreshAsync(Worktree worktree, string commit, State state, CancellationToken cancellationToken)
    {
        // A person may stage something in the worktree: the stamp shows that somebody else wrote the index.
        if (state.Commit == commit && state.Stamp == StampOf(worktree))
        {
            return;
        }

        state.Commit = null;

        // Writing an index, git looks again at files as young as it is: by name, and with the filters that the worktree's attributes name by now.
        var settings = await _store.Settings.ReadAsync(cancellationToken);
        var command = settings.WithoutFilters(_store.Repository.On(worktree.Checkout));
        await _guard.RunAsync(worktree.Root, token => command.RunAsync(["read-tree", "--reset", commit], default, token), cancellationToken);
        state.Commit = commit;
        state.Stamp = StampOf(worktree);
    }

    private async Task<T> ExclusivelyAsync<T>(Worktree worktree, Func<State, Task<T>> work, CancellationToken cancellationToken)
    {
        var state = _states.GetOrAdd(worktree.GitDirectory, static _ => new State());
        var lockFile = Path.Combine(worktree.GitDirectory, "index.lock");
        await state.Turn.WaitAsync(cancellationToken);
        try
        {
            if (File.Exists(lockFile) && DateTime.UtcNow - File.GetLastWriteTimeUtc(lockFile) > StaleLock)
            {
                File.Delete(lockFile);
            }

            return await work(state);
        }
        catch (Exception exception) when (exception is OperationCanceledException || (exception as GitException)?.InnerException is OperationCanceledException)
        {
            // The git that was killed held the lock; while it ran nobody else could.
            File.Delete(lockFile);
            state.Commit = null;
            throw;
        }
        finally
        {
            state.Turn.Release();
        }
    }

    private static (long Time, long Length) StampOf(Worktree worktree)
    {
        var file = new FileInfo(Path.Combine(worktree.GitDirectory, "index"));
        return file.Exists ? (file.LastWriteTimeUtc.Ticks, file.Length) : default;
    }

    private static WorktreeChanges Parse(GitOutput output)
    {
        const int FieldsBeforePath = 8;
        var tracked = new List<string>();
        var untracked = new List<string>();
        var nested = new List<string>();
        foreach (var line in output.NulTerminated)
        {
            if (line.StartsWith("1 ", StringComparison.Ordinal))
            {
                // "1 XY sub mH mI mW hH hI path"; the path may contain spaces.
                tracked.Add(line.Split(' ', FieldsBeforePath + 1)[FieldsBeforePath]);
            }
            else if (line.StartsWith("? ", StringComparison.Ordinal))
            {
                var path = line[2..];
                if (path.EndsWith('/'))
                {
                    nested.Add(path[..^1]);
                }
                else
                {
                    untracked.Add(path);
                }
            }
        }

        return new WorktreeChanges(tracked, untracked, nested);
    }

    private sealed class State
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>What the index was last made to say; null when that is not known.</summary>
        public string? Commit { get; set; }

        public (long Time, long Length) Stamp { get; set; }
    }
}

/// <summary>What a scan found.</summary>
/// <param name="Tracked">Changed, deleted or of another type.</param>
/// <param name="Untracked">New files.</param>
/// <param name="Nested">New folders that hold a repository of their own.</param>
internal sealed record WorktreeChanges(IReadOnlyList<string> Tracked, IReadOnlyList<string> Untracked, IReadOnlyList<string> Nested);
