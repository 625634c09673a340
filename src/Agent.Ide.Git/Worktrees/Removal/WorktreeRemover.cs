namespace Agent.Ide.Git;

/// <summary>
/// Removes a worktree in phases: look, commit and pin what is there, rename the folder, look again, set aside what no commit holds, delete,
/// verify. Until it is renamed everything can be undone; from there on whoever comes next finishes it.
/// </summary>
internal sealed class WorktreeRemover
{
    private readonly Checkpoints _checkpoints;
    private readonly GitStore _store;
    private readonly KeptWork _kept;
    private readonly WorktreeRegistration _registration;
    private readonly StagedIndex _staged;
    private readonly Action<string, WorktreePhase> _reached;

    public WorktreeRemover(Checkpoints checkpoints, KeptWork kept, WorktreeRegistration registration, Action<string, WorktreePhase> reached)
    {
        _reached = reached;
        _checkpoints = checkpoints;
        _store = checkpoints.Store;
        _kept = kept;
        _registration = registration;
        _staged = new StagedIndex(_store);
    }

    private string CommonDirectory => _store.Repository.CommonDirectory;

    /// <summary>The worktree is known to be ours.</summary>
    public async Task<WorktreeRemoval> RemoveAsync(Worktree worktree, RemovalOptions options, CancellationToken cancellationToken)
    {
        if (await FinishAsync(worktree, cancellationToken) is { } finished)
        {
            return finished;
        }

        var users = Refuse(worktree.Root, options.Force);
        RestoreMark.Finish(worktree, CommonDirectory);
        var (current, tip) = await TipsAsync(worktree, options, cancellationToken);
        if (!Directory.Exists(worktree.Root))
        {
            var pinned = await PinAsync(worktree, current, tip, null, cancellationToken);
            return await EndAsync(worktree, pinned, new Ending(tip, options.DeleteBranch), CancellationToken.None);
        }

        var staged = await _staged.FindAsync(worktree, current, cancellationToken);
        try
        {
            var (kept, _) = await KeepAsync(worktree, current, tip, staged, cancellationToken);
            var mark = new RemovalMark
            {
                Stage = RemovalStage.Moved,
                Doomed = DoomedNameFor(worktree),
                KeptNumber = kept.Number,
                Tip = tip,
                DeleteBranch = options.DeleteBranch,
            };
            _reached(worktree.Id, WorktreePhase.Pinned);
            cancellationToken.ThrowIfCancellationRequested();
            mark.Write(worktree.GitDirectory);
            _reached(worktree.Id, WorktreePhase.Announced);
            try
            {
                _ = HostFolder.Move(worktree.Root, mark.Doomed);
                Merging.Accept.NativeFiles.FlushFolder(Path.GetDirectoryName(worktree.Root)!);
            }
            catch (GitException)
            {
                RemovalMark.Delete(worktree.GitDirectory);
                throw;
            }
        }
        catch (Exception exception) when (exception is GitException or OperationCanceledException)
        {
            await PutBackAsync(worktree, tip, staged);
            throw;
        }

        // From here on it is finished, now or after a restart.
        _reached(worktree.Id, WorktreePhase.Moved);
        var removal = await FinishAsync(worktree, CancellationToken.None);
        return removal! with { StillUsedBy = users };
    }

    /// <summary>Who uses a folder that may be removed all the same.</summary>
    /// <exception cref="GitException"><see cref="GitProblem.InUse"/>.</exception>
    public static IReadOnlyList<FolderUser> Refuse(string root, bool force)
    {
        RefuseMounts(root);
        var users = FolderUse.FindUsers(root);
        if (!force && users.Any(user => user.MayLoseWork))
        {
            throw new GitException(
                GitProblem.InUse,
                $"{root} is in use by {FolderUse.Describe(users.Where(user => user.MayLoseWork))}, with files open for writing or in a sandbox. End that, then try again; nothing was removed.");
        }

        return users;
    }

    /// <summary>Goes on with a removal that was begun earlier.</summary>
    /// <returns>Null when none was, or when it had come to nothing: the folder is in its place, whole.</returns>
    public async Task<WorktreeRemoval?> FinishAsync(Worktree worktree, CancellationToken cancellationToken)
    {
        if (RemovalMark.Read(worktree.GitDirectory) is not { } mark)
        {
            return null;
        }

        if (mark.Stage == RemovalStage.Moved && !Directory.Exists(mark.Doomed) && Directory.Exists(worktree.Root))
        {
            RemovalMark.Delete(worktree.GitDirectory);
            return null;
        }

        if (Directory.Exists(mark.Doomed))
        {
            mark = await EmptyAsync(worktree, mark, cancellationToken);
            await FolderRemoval.RemoveAsync(mark.Doomed, cancellationToken);
            _reached(worktree.Id, WorktreePhase.Cleared);
        }

        var kept = new KeptRef(worktree.Id, mark.KeptNumber, await _store.ResolveCommitAsync(TaskRefs.Kept(worktree.Id, mark.KeptNumber), cancellationToken) ?? mark.Tip);
        return await EndAsync(worktree, kept, new Ending(mark.Tip, mark.DeleteBranch) { Aside = mark.Aside, Left = mark.Left }, cancellationToken);
    }

    /// <summary>Takes out of the renamed folder whatever is kept of it.</summary>
    private async Task<RemovalMark> EmptyAsync(Worktree worktree, RemovalMark mark, CancellationToken cancellationToken)
    {
        RefuseMounts(mark.Doomed);
        if (mark.Stage == RemovalStage.Moved)
        {
            // Nobody reaches the folder by its name any more: what was written since the first look is found by a second one.
            await FolderRemoval.OpenFoldersAsync(mark.Doomed, cancellationToken);
            var moved = worktree with { Root = mark.Doomed };
            var current = await _store.ResolveCommitAsync(worktree.Branch, cancellationToken) ?? mark.Tip;
            var before = await _kept.FindRecordAsync(
                new KeptRef(worktree.Id, mark.KeptNumber, await _store.ResolveCommitAsync(TaskRefs.Kept(worktree.Id, mark.KeptNumber), cancellationToken) ?? mark.Tip),
                cancellationToken);
            var (kept, skipped) = await KeepAsync(moved, current, mark.Tip, before?.StagedTree, cancellationToken);
            var rest = await WorktreeRest.FindAsync(_store, mark.Doomed, kept.Commit, skipped, cancellationToken);
            var choice = await new RestChoice(_checkpoints).ChooseAsync(moved, rest, cancellationToken);
            mark = mark with { Stage = RemovalStage.Keeping, KeptNumber = kept.Number, Aside = choice.Aside, Left = choice.Left };
            mark.Write(worktree.GitDirectory);
            _reached(worktree.Id, WorktreePhase.Chosen);
        }

        if (mark.Stage == RemovalStage.Keeping)
        {
            foreach (var path in mark.Left.Where(path => HostFolder.Look($"{mark.Doomed}/{path}") is PathKind.File or PathKind.Link))
            {
                // Part of a folder that is kept, and not to be kept with it.
                HostFolder.DeleteFile($"{mark.Doomed}/{path}");
            }

            SetAside.Move(CommonDirectory, worktree.Root, mark.Doomed, worktree.Id, mark.KeptNumber, mark.Aside);
            mark = mark with { Stage = RemovalStage.Clearing };
            mark.Write(worktree.GitDirectory);
            _reached(worktree.Id, WorktreePhase.SetAside);
        }

        return mark;
    }

    private async Task<WorktreeRemoval> EndAsync(Worktree worktree, KeptRef kept, Ending ending, CancellationToken cancellationToken)
    {
        var included = IncludedFiles.Read(worktree.GitDirectory);
        IReadOnlyList<SkippedPath> left = [.. ending.Left.Select(path => new SkippedPath(path, included.Contains(path) ? SkipReason.Included : SkipReason.Ignored))];
        var uncommitted = kept.Commit == ending.Tip ? [] : await Merging.TreeChange.ReadAsync(_store.Repository.Objects, ending.Tip, kept.Commit, cancellationToken);
        var at = await _store.ResolveCommitAsync(worktree.Branch, cancellationToken);
        if (ending.DeleteBranch && at is not null)
        {
            await _store.UpdateRefsAsync([new RefUpdate(worktree.Branch, null, at)], cancellationToken);
        }
        else if (at is not null && at != ending.Tip)
        {
            await _store.UpdateRefsAsync([new RefUpdate(worktree.Branch, ending.Tip, at)], cancellationToken);
        }

        _reached(worktree.Id, WorktreePhase.BranchSettled);

        // Last: the journal goes with git's metadata.
        await _registration.RemoveAsync(worktree.Root, worktree.GitDirectory, cancellationToken);
        _checkpoints.Index.Forget(worktree);
        Verify(worktree);
        _reached(worktree.Id, WorktreePhase.Removed);
        return new WorktreeRemoval(kept.Name, kept.Commit, left)
        {
            Tip = ending.Tip,
            Uncommitted = [.. uncommitted.Select(change => change.Path)],
            SetAside = ending.Aside,
        };
    }

    /// <summary>Commits what is in the folder and pins it.</summary>
    /// <returns>The paths whose content is not what the commit has.</returns>
    private async Task<(KeptRef Kept, IReadOnlyList<string> Skipped)> KeepAsync(
        Worktree worktree, string current, string tip, string? staged, CancellationToken cancellationToken)
    {
        var leftovers = await Leftovers.StoreAsync(_checkpoints, worktree, current, [], cancellationToken);
        var kept = await PinAsync(worktree, leftovers.Commit ?? current, tip, staged, cancellationToken);
        return (kept, [.. leftovers.Skipped.Where(path => path.Reason is not (SkipReason.Ignored or SkipReason.Included or SkipReason.Submodule)).Select(path => path.Path)]);
    }

    private async Task<KeptRef> PinAsync(Worktree worktree, string commit, string tip, string? staged, CancellationToken cancellationToken)
    {
        var record = new KeptRecord
        {
            TaskId = worktree.Id,
            Commit = commit,
            KeptAt = _store.Clock.Running,
            BranchTip = tip,
            Root = WorktreeMetadata.Read(worktree.GitDirectory)?.Root ?? worktree.Root,
            StagedTree = staged,
        };
        if (await _kept.NewestAsync(worktree.Id, cancellationToken) is { } newest
            && newest.Commit == commit
            && !SetAside.Find(CommonDirectory, record.Root, worktree.Id, newest.Number).Exists)
        {
            await _kept.RecordAsync(newest, record, cancellationToken);
            return newest;
        }

        return await _kept.PinAsync(record, cancellationToken);
    }

    /// <summary>Where the branch is, and where it was before leftovers of an interrupted removal were committed on it.</summary>
    private async Task<(string Current, string Tip)> TipsAsync(Worktree worktree, RemovalOptions options, CancellationToken cancellationToken)
    {
        if (await _store.ReadCommitAsync(worktree.Branch, cancellationToken) is not { } commit)
        {
            // The branch was deleted by hand; what lies in the worktree is kept all the same.
            var known = options.KnownTip is { } hash && await _store.ResolveCommitAsync(hash, cancellationToken) is { } found ? found : worktree.Base;
            await _store.UpdateRefsAsync([new RefUpdate(worktree.Branch, known, null)], cancellationToken);
            return (known, known);
        }

        var current = commit.Hash;
        while (commit.Hash != options.KnownTip
            && commit.Parents.Count == 1
            && commit.Trailer(CheckpointTrailers.Tool) == Leftovers.Tool
            && commit.Trailer(CheckpointTrailers.Task) == worktree.Id
            && await _store.ReadCommitAsync(commit.Parents[0], cancellationToken) is { } parent)
        {
            commit = parent;
        }

        return (current, commit.Hash);
    }

    /// <summary>Nothing is removed after all: branch and index are as they were.</summary>
    private async Task PutBackAsync(Worktree worktree, string tip, string? staged)
    {
        if (await _store.ResolveCommitAsync(worktree.Branch) is { } at && at != tip)
        {
            await _store.UpdateRefsAsync([new RefUpdate(worktree.Branch, tip, at)]);
        }

        await _checkpoints.Index.RefreshAsync(worktree, tip, CancellationToken.None);
        if (staged is not null)
        {
            await _staged.PutBackAsync(worktree, staged, CancellationToken.None);
        }
    }

    private static void RefuseMounts(string folder)
    {
        if (FolderUse.FindMounts(folder) is [var mount, ..])
        {
            throw new GitException(GitProblem.InUse, $"{mount} is a mount point; nothing below it is removed. Unmount it (umount), then try again.");
        }
    }

    private void Verify(Worktree worktree)
    {
        foreach (var left in new[] { worktree.Root, worktree.GitDirectory }.Where(folder => HostFolder.Look(folder) != PathKind.Missing))
        {
            throw new GitException(
                GitProblem.Storage, $"{left} is there again after it was removed; its work is pinned below {TaskRefs.KeptPrefix(worktree.Id)}. Look at what makes it.");
        }
    }

    /// <summary>Beside the worktree, so that renaming is one step; hidden, and no id begins like that.</summary>
    private static string DoomedNameFor(Worktree worktree) =>
        Path.Combine(Path.GetDirectoryName(worktree.Root)!, $".removing-{worktree.Id}-{Guid.NewGuid().ToString("N")[..8]}");

    private sealed record Ending(string Tip, bool DeleteBranch)
    {
        public IReadOnlyList<string> Aside { get; init; } = [];

        public IReadOnlyList<string> Left { get; init; } = [];
    }
}
