namespace Agent.Ide.Git;

/// <summary>Commits what lies uncommitted in a worktree before something would overwrite or remove it.</summary>
internal static class Leftovers
{
    /// <summary>The tool name such a commit carries, so that it can be told from a step.</summary>
    public const string Tool = "leftovers";

    /// <summary>
    /// The commit carries the step of its parent again: what a task reads from its branch's tip to know how far it came stays true.
    /// </summary>
    /// <param name="checkpoints">Stores it.</param>
    /// <param name="worktree">Looked at whole.</param>
    /// <param name="tip">The branch's.</param>
    /// <param name="forced">Ignored files that are stored all the same.</param>
    /// <param name="cancellationToken">Leaves the branch where it was.</param>
    public static async Task<CheckpointResult> StoreAsync(
        Checkpoints checkpoints, Worktree worktree, string tip, IReadOnlyCollection<string> forced, CancellationToken cancellationToken)
    {
        var parent = await checkpoints.Store.ReadCommitAsync(tip, cancellationToken);
        List<KeyValuePair<string, string>> trailers = [new(CheckpointTrailers.Task, worktree.Id)];
        if (parent?.Trailer(CheckpointTrailers.Step) is { } step)
        {
            trailers.Add(new(CheckpointTrailers.Step, step));
        }

        trailers.Add(new(CheckpointTrailers.Tool, Tool));
        var request = new CheckpointRequest
        {
            Worktree = worktree,
            ExpectedTip = tip,
            Subject = "Keep what was not committed",
            Trailers = trailers,
        };
        return await checkpoints.StoreAsync(request, forced, cancellationToken);
    }
}
