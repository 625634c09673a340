namespace Agent.Ide.Git;

/// <summary>Takes a task back to one of its checkpoints: files, index and branch. What it undoes is kept.</summary>
public sealed class Rollback
{
    private readonly Checkpoints _checkpoints;

    public Rollback(Checkpoints checkpoints)
    {
        _checkpoints = checkpoints;
    }

    /// <param name="worktree">Nothing may write in it meanwhile.</param>
    /// <param name="expectedTip">Where the branch must be now.</param>
    /// <param name="target">The base or a commit between it and the tip.</param>
    /// <param name="cancellationToken">Leaves the worktree as it was, or rolled back.</param>
    /// <returns>The ref that keeps the undone steps and uncommitted leftovers; null when there were none.</returns>
    public Task<string?> ToAsync(Worktree worktree, string expectedTip, string target, CancellationToken cancellationToken = default) => throw new NotImplementedException(_checkpoints.ToString());
}
