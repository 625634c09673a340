namespace Agent.Ide.Git;

/// <summary>A commit per tool call that changed files.</summary>
public sealed class Checkpoints
{
    /// <param name="store">Of the repository.</param>
    /// <param name="maxFileBytes">Larger files are skipped and reported.</param>
    public Checkpoints(GitStore store, long maxFileBytes = 512L * 1024 * 1024)
    {
        Store = store;
        MaxFileBytes = maxFileBytes;
    }

    public GitStore Store { get; }

    public long MaxFileBytes { get; }

    /// <summary>Stores what changed. The worktree's index is left behind: see <see cref="RefreshIndexAsync"/>.</summary>
    /// <exception cref="GitException"><see cref="GitProblem.RefMoved"/>, <see cref="GitProblem.Storage"/>; the branch is then where it was.</exception>
    public Task<CheckpointResult> StoreAsync(CheckpointRequest request, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Brings the worktree's index up to its branch: before a command runs in it and before somebody looks. Cheap when it is.</summary>
    public Task RefreshIndexAsync(Worktree worktree, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
