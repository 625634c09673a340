namespace Agent.Ide.Git;

/// <summary>Takes a task back to one of its checkpoints: files, index and branch. What it undoes is kept.</summary>
public sealed class Rollback
{
    private readonly Checkpoints _checkpoints;
    private readonly GitStore _store;

    public Rollback(Checkpoints checkpoints)
    {
        _checkpoints = checkpoints;
        _store = checkpoints.Store;
    }

    /// <param name="worktree">Nothing may write in it meanwhile.</param>
    /// <param name="expectedTip">Where the branch must be now.</param>
    /// <param name="target">The base or a commit between it and the tip.</param>
    /// <param name="cancellationToken">Before files are moved; after that it is finished.</param>
    /// <returns>The ref that keeps the undone steps and uncommitted leftovers; null when there were none.</returns>
    /// <exception cref="GitException">
    /// <see cref="GitProblem.UnknownCommit"/> when the target is no checkpoint of this task, <see cref="GitProblem.RefMoved"/>
    /// when the branch is elsewhere.
    /// </exception>
    public async Task<string?> ToAsync(Worktree worktree, string expectedTip, string target, CancellationToken cancellationToken = default)
    {
        await CheckTargetAsync(worktree, expectedTip, target, cancellationToken);
        var covered = await PathsTheTargetWouldCoverAsync(expectedTip, target, cancellationToken);
        var leftovers = await Leftovers.StoreAsync(_checkpoints, worktree, expectedTip, covered, cancellationToken);
        var tip = leftovers.Commit ?? expectedTip;
        if (tip == target)
        {
            return null;
        }

        // Kept first: whatever fails from here on, nothing is lost, and trying again ends in the same place.
        var kept = await new KeptWork(_store).PinAsync(worktree.Id, tip, cancellationToken);
        await new WorktreeMove(_checkpoints).MoveAsync(worktree, tip, target, cancellationToken);
        await _store.UpdateRefsAsync([new RefUpdate(worktree.Branch, target, tip)], CancellationToken.None);
        return kept;
    }

    private async Task CheckTargetAsync(Worktree worktree, string tip, string target, CancellationToken cancellationToken)
    {
        var git = _store.Repository.Objects;
        var inTask = await git.TryRunAsync(["merge-base", "--is-ancestor", worktree.Base, target], default, cancellationToken);
        var beforeTip = await git.TryRunAsync(["merge-base", "--is-ancestor", target, tip], default, cancellationToken);
        if (inTask.ExitCode != 0 || beforeTip.ExitCode != 0)
        {
            throw new GitException(
                GitProblem.UnknownCommit, $"{target} is not a checkpoint of task {worktree.Id} before {tip}. Choose one of its steps.");
        }

        if (await _store.ResolveCommitAsync(worktree.Branch, cancellationToken) != tip)
        {
            throw new GitException(GitProblem.RefMoved, $"{worktree.Branch} is not at {tip} any more. Look at the task again.");
        }
    }

    /// <summary>Files the target has and the tip has not: an ignored file of such a name would be overwritten, so it is kept too.</summary>
    private async Task<IReadOnlyList<string>> PathsTheTargetWouldCoverAsync(string tip, string target, CancellationToken cancellationToken)
    {
        var output = await _store.Repository.Objects.RunAsync(
            ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=A", tip, target], default, cancellationToken);
        return output.NulTerminated;
    }
}
