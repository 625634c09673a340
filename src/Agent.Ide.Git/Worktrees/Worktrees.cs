namespace Agent.Ide.Git;

/// <summary>The worktrees and branches of tasks. It never touches one it did not make.</summary>
public sealed class Worktrees
{
    private readonly Checkpoints _checkpoints;

    public Worktrees(Checkpoints checkpoints)
    {
        _checkpoints = checkpoints;
    }

    /// <exception cref="GitException">
    /// <see cref="GitProblem.BranchExists"/>, <see cref="GitProblem.BranchBlocked"/>, <see cref="GitProblem.WorktreeExists"/>,
    /// <see cref="GitProblem.UnknownCommit"/>, <see cref="GitProblem.NoCommitYet"/>, <see cref="GitProblem.OperationInProgress"/>; nothing is left behind.
    /// </exception>
    public Task<Worktree> CreateAsync(WorktreeRequest request, CancellationToken cancellationToken = default) => throw new NotImplementedException(_checkpoints.ToString());

    /// <summary>All that exist now.</summary>
    public Task<IReadOnlyList<Worktree>> ListAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Null when the task has no worktree.</summary>
    public Task<Worktree?> FindAsync(string id, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Commits what is there, pins it to <c>refs/agent-ide/kept/&lt;id&gt;/&lt;n&gt;</c>, then removes the worktree and, if asked, its branch.</summary>
    /// <returns>The ref that pins it.</returns>
    public Task<string> RemoveAsync(Worktree worktree, bool deleteBranch, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Brings a removed worktree and its branch back from the newest kept ref.</summary>
    public Task<Worktree> RestoreAsync(string id, WorktreePlace place, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Removes the metadata of worktrees it made whose folders are gone.</summary>
    /// <returns>The ids.</returns>
    public Task<IReadOnlyList<string>> PruneAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
