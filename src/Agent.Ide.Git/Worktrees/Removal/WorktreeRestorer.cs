namespace Agent.Ide.Git;

/// <summary>
/// Brings a removed worktree back as it was: the branch where it stood, what was uncommitted uncommitted again, what was staged staged, and what
/// was set aside in its place. A restore that was interrupted begins again, or goes on with the last of these.
/// </summary>
internal sealed class WorktreeRestorer
{
    private readonly Worktrees _worktrees;
    private readonly Checkpoints _checkpoints;
    private readonly GitStore _store;
    private readonly KeptWork _kept;
    private readonly WorktreeRegistration _registration;

    public WorktreeRestorer(Worktrees worktrees, Checkpoints checkpoints, KeptWork kept, WorktreeRegistration registration)
    {
        _worktrees = worktrees;
        _checkpoints = checkpoints;
        _store = checkpoints.Store;
        _kept = kept;
        _registration = registration;
    }

    private string CommonDirectory => _store.Repository.CommonDirectory;

    public async Task<Worktree> RestoreAsync(string id, WorktreePlace place, CancellationToken cancellationToken)
    {
        if (await FindPresentAsync(id, cancellationToken) is { } present)
        {
            return present;
        }

        var kept = await _kept.NewestAsync(id, cancellationToken);
        var baseCommit = await _store.ResolveCommitAsync(TaskRefs.Base(id), cancellationToken);
        if (kept is null || baseCommit is null)
        {
            throw new GitException(GitProblem.UnknownCommit, $"Nothing of task {id} is kept any more, so it cannot be restored.");
        }

        var record = await _kept.FindRecordAsync(kept, cancellationToken);
        var tip = record?.BranchTip ?? kept.Commit;
        await _worktrees.CheckPlaceAsync(place, id, cancellationToken);
        var branch = place.BranchOf(id);
        var claimed = await _store.ResolveCommitAsync(branch, cancellationToken) != tip;
        if (claimed)
        {
            await _worktrees.ClaimBranchAsync(branch, [], tip, cancellationToken);
        }

        _worktrees.Reached(id, WorktreePhase.BranchRestored);
        string? gitDirectory = null;
        try
        {
            gitDirectory = await _registration.AddAsync(place, id, branch, cancellationToken);
            _worktrees.Reached(id, WorktreePhase.Registered);
            var worktree = new Worktree(id, Worktrees.RealRootOf(gitDirectory), gitDirectory, branch, baseCommit);

            // By way of the base: its files are written with the filters of the base's attributes, the agent's without any.
            var fill = new WorktreeFill(_checkpoints, place);
            await fill.WriteBaseAsync(worktree, cancellationToken);
            await new WorktreeMove(_checkpoints).MoveAsync(worktree, baseCommit, kept.Commit, cancellationToken);
            await fill.FinishAsync(worktree, cancellationToken);
            await _checkpoints.Index.RefreshAsync(worktree, tip, cancellationToken);
            if (record?.StagedTree is { } staged)
            {
                await new StagedIndex(_store).PutBackAsync(worktree, staged, cancellationToken);
            }

            RestoreMark.Write(gitDirectory, kept.Number, record?.Root);
            WorktreeMetadata.MarkComplete(gitDirectory);
            _worktrees.Reached(id, WorktreePhase.FilesRestored);
            RestoreMark.Finish(worktree, CommonDirectory);
            _worktrees.Reached(id, WorktreePhase.Restored);
            return worktree;
        }
        catch (Exception exception) when (
            exception is GitException or OperationCanceledException or IOException or UnauthorizedAccessException
            && (gitDirectory is null || WorktreeMetadata.Read(gitDirectory) is not { IsComplete: true }))
        {
            await _registration.UndoAsync(place.RootOf(id), gitDirectory);
            if (claimed)
            {
                await _store.UpdateRefsAsync([new RefUpdate(branch, null, tip)], CancellationToken.None);
            }

            throw;
        }
    }

    /// <summary>It is there already: an earlier restore was not told, or not finished. One whose folder is gone is removed first.</summary>
    private async Task<Worktree?> FindPresentAsync(string id, CancellationToken cancellationToken)
    {
        if (await _worktrees.FindAsync(id, cancellationToken) is not { } worktree)
        {
            return null;
        }

        if (RemovalMark.Read(worktree.GitDirectory) is null && Directory.Exists(worktree.Root))
        {
            RestoreMark.Finish(worktree, CommonDirectory);
            return worktree;
        }

        await _worktrees.RemoveAsync(worktree, deleteBranch: true, cancellationToken);
        return null;
    }
}
