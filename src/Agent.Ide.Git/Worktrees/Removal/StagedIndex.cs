namespace Agent.Ide.Git;

/// <summary>
/// What somebody staged in a task's worktree. Agents cannot: their git directory is read-only, and the index is the harness's, at or behind the
/// branch. A person who works in the worktree of a resting task can, and finds it again after a restore.
/// </summary>
internal sealed class StagedIndex
{
    private readonly GitStore _store;

    public StagedIndex(GitStore store)
    {
        _store = store;
    }

    /// <returns>The tree of the index; null when it is that of the base or of one of the task's commits.</returns>
    public async Task<string?> FindAsync(Worktree worktree, string tip, CancellationToken cancellationToken)
    {
        var index = Path.Combine(worktree.GitDirectory, "index");
        if (!File.Exists(index))
        {
            return null;
        }

        using var staging = _store.NewStaging();
        File.Copy(index, staging.IndexFile);
        var written = await _store.Repository.Objects.WithIndex(staging.IndexFile).TryRunAsync(["write-tree"], default, cancellationToken);
        if (written.ExitCode != 0)
        {
            return null; // In the middle of a merge there is no tree to keep; the files are kept with their conflict markers.
        }

        var tree = written.Line;
        var known = await _store.Repository.Objects.RunAsync(
            ["log", "--format=%T", tip, "--not", worktree.Base], default, cancellationToken);
        var ofBase = await _store.ReadCommitAsync(worktree.Base, cancellationToken);
        return tree == ofBase?.Tree || known.Text.Split('\n').Contains(tree) ? null : tree;
    }

    public async Task PutBackAsync(Worktree worktree, string tree, CancellationToken cancellationToken) =>
        await _store.Repository.On(worktree.Checkout).RunAsync(["read-tree", "--reset", tree], default, cancellationToken);
}
