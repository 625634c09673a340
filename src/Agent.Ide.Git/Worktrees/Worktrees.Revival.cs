namespace Agent.Ide.Git;

/// <summary>Worktrees that somebody removed by hand.</summary>
public sealed partial class Worktrees
{
    /// <summary>
    /// Makes a task's worktree again whose folder or metadata is gone, on its branch as that is; a branch that is gone as well begins
    /// again at the commit given. What was uncommitted in the folder went with it.
    /// </summary>
    /// <param name="id">The task's.</param>
    /// <param name="place">Where it was.</param>
    /// <param name="baseCommit">What the task started from.</param>
    /// <param name="head">Where its branch was last known to be.</param>
    /// <param name="cancellationToken">Leaves the branch alone.</param>
    /// <returns>The worktree, and its branch's tip.</returns>
    /// <exception cref="GitException"><see cref="GitProblem.UnknownCommit"/> when that commit is gone, too; or as for a new worktree.</exception>
    public async Task<(Worktree Worktree, string Tip)> ReviveAsync(
        string id, WorktreePlace place, string baseCommit, string head, CancellationToken cancellationToken = default)
    {
        CheckId(id);
        foreach (var metadata in WorktreeMetadata.ReadAll(Repository.CommonDirectory).Where(metadata => metadata.Id == id && !Directory.Exists(metadata.Root)))
        {
            await _registration.RemoveAsync(metadata.Root, cancellationToken);
            _checkpoints.Index.Forget(new Worktree(id, metadata.Root, metadata.GitDirectory, metadata.Branch, baseCommit));
        }

        await CheckPlaceAsync(place, id, cancellationToken);
        var branch = place.BranchOf(id);
        var tip = await EnsureBranchAsync(branch, head, cancellationToken);
        await _store.UpdateRefsAsync([new RefUpdate(TaskRefs.Base(id), baseCommit, RefUpdate.Anything)], cancellationToken);
        string? gitDirectory = null;
        try
        {
            gitDirectory = await _registration.AddAsync(place, id, branch, cancellationToken);
            var worktree = new Worktree(id, RealRootOf(gitDirectory), gitDirectory, branch, baseCommit);
            var fill = new WorktreeFill(_checkpoints, place);
            await fill.WriteBaseAsync(worktree, cancellationToken);
            if (tip != baseCommit)
            {
                await new WorktreeMove(_checkpoints).MoveAsync(worktree, baseCommit, tip, cancellationToken);
            }

            await fill.FinishAsync(worktree, cancellationToken);
            WorktreeMetadata.MarkComplete(gitDirectory);
            return (worktree, tip);
        }
        catch
        {
            await _registration.UndoAsync(place.RootOf(id), gitDirectory);
            throw;
        }
    }

    /// <summary>Makes a branch again that somebody deleted.</summary>
    /// <param name="branch">Full name.</param>
    /// <param name="head">Where it was last known to be.</param>
    /// <param name="cancellationToken">Before it is made.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="GitException"><see cref="GitProblem.UnknownCommit"/> when that commit is gone as well.</exception>
    public async Task<string> EnsureBranchAsync(string branch, string head, CancellationToken cancellationToken = default)
    {
        if (await _store.ResolveCommitAsync(branch, cancellationToken) is { } tip)
        {
            return tip;
        }

        if (await _store.ResolveCommitAsync(head, cancellationToken) is null)
        {
            throw new GitException(
                GitProblem.UnknownCommit,
                $"The branch {Short(branch)} is gone, and its last commit {head} is not in the repository any more. Fetch it from wherever it was pushed to.");
        }

        await ClaimBranchAsync(branch, [], head, cancellationToken);
        return head;
    }

    /// <summary>The branch a worktree's HEAD is on, full name; null where it is detached.</summary>
    public async Task<string?> BranchCheckedOutAsync(Worktree worktree, CancellationToken cancellationToken = default)
    {
        var output = await Repository.On(worktree.Checkout).TryRunAsync(["symbolic-ref", "--quiet", "HEAD"], default, cancellationToken);
        return output.ExitCode == 0 ? output.Line : null;
    }

    /// <summary>Puts a detached HEAD that stands on the tip of the task's branch back on the branch; nothing else changes.</summary>
    /// <returns>False when it stands elsewhere; nothing was changed.</returns>
    public async Task<bool> AttachAsync(Worktree worktree, CancellationToken cancellationToken = default)
    {
        var git = Repository.On(worktree.Checkout);
        var head = await git.TryRunAsync(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], default, cancellationToken);
        if (head.ExitCode != 0 || head.Line != await _store.ResolveCommitAsync(worktree.Branch, cancellationToken))
        {
            return false;
        }

        await git.WithSetting("core.logAllRefUpdates", "false").RunAsync(["symbolic-ref", "HEAD", worktree.Branch], default, cancellationToken);
        return true;
    }
}
