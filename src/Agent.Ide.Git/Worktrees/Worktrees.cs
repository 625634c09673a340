namespace Agent.Ide.Git;

/// <summary>The worktrees and branches of tasks. It never touches one it did not make.</summary>
public sealed partial class Worktrees : IDisposable
{
    private readonly Checkpoints _checkpoints;
    private readonly GitStore _store;
    private readonly KeptWork _kept;
    private readonly WorktreeRegistration _registration;

    /// <summary>The prefix that git was asked about last and allowed.</summary>
    private string? _allowedPrefix;

    public Worktrees(Checkpoints checkpoints)
    {
        _checkpoints = checkpoints;
        _store = checkpoints.Store;
        _kept = new KeptWork(_store);
        _registration = new WorktreeRegistration(_store);
    }

    /// <summary>Told, with the task, what has just been done of a removal or a restore: for whoever shows progress.</summary>
    public Action<string, WorktreePhase>? PhaseReached { get; set; }

    private GitRepository Repository => _store.Repository;

    /// <exception cref="GitException">
    /// <see cref="GitProblem.BranchExists"/>, <see cref="GitProblem.BranchBlocked"/>, <see cref="GitProblem.WorktreeExists"/>,
    /// <see cref="GitProblem.UnknownCommit"/>, <see cref="GitProblem.NoCommitYet"/>, <see
    /// cref="GitProblem.OperationInProgress"/>; nothing is left behind.
    /// </exception>
    public async Task<Worktree> CreateAsync(WorktreeRequest request, CancellationToken cancellationToken = default)
    {
        var place = request.Place;
        CheckId(request.Id);
        await CheckPlaceAsync(place, request.Id, cancellationToken);
        var fill = new WorktreeFill(_checkpoints, place);
        var baseCommit = await BaseOfAsync(request, fill, cancellationToken);
        var branch = place.BranchOf(request.Id);
        var start = request.StartCommit ?? baseCommit;
        await ReleaseUnusedBranchAsync(request.Id, branch, start, cancellationToken);
        await ClaimBranchAsync(branch, [new RefUpdate(TaskRefs.Base(request.Id), baseCommit, RefUpdate.Anything)], start, cancellationToken);
        string? gitDirectory = null;
        try
        {
            gitDirectory = await _registration.AddAsync(place, request.Id, branch, cancellationToken);
            var worktree = new Worktree(request.Id, RealRootOf(gitDirectory), gitDirectory, branch, baseCommit);
            await fill.WriteBaseAsync(worktree, cancellationToken);
            if (start != baseCommit)
            {
                // By way of the base, whose attributes alone say which filters run.
                await new WorktreeMove(_checkpoints).MoveAsync(worktree, baseCommit, start, cancellationToken);
            }

            await fill.FinishAsync(worktree, cancellationToken);
            WorktreeMetadata.MarkComplete(gitDirectory);
            return worktree;
        }
        catch
        {
            await _registration.UndoAsync(place.RootOf(request.Id), gitDirectory);
            await _store.UpdateRefsAsync(
                [new RefUpdate(branch, null, start), new RefUpdate(TaskRefs.Base(request.Id), null, baseCommit)], CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// All that exist now, also those whose folder somebody removed; not one whose making was cut short, which <see
    /// cref="CreateAsync"/> and
    /// <see cref="RestoreAsync"/> begin again.
    /// </summary>
    public async Task<IReadOnlyList<Worktree>> ListAsync(CancellationToken cancellationToken = default)
    {
        var result = new List<Worktree>();
        foreach (var metadata in WorktreeMetadata.ReadAll(Repository.CommonDirectory))
        {
            if (metadata.IsComplete && await _store.ResolveCommitAsync(TaskRefs.Base(metadata.Id), cancellationToken) is { } baseCommit)
            {
                result.Add(new Worktree(metadata.Id, metadata.Root, metadata.GitDirectory, metadata.Branch, baseCommit));
            }
        }

        return result;
    }

    /// <summary>One line each, for a person: what the user's checkout has and a worktree was not given when it was made.</summary>
    public static IReadOnlyList<string> NoticesOf(Worktree worktree) => WorktreeFill.NoticesOf(worktree);

    /// <summary>Null when the task has no worktree.</summary>
    public async Task<Worktree?> FindAsync(string id, CancellationToken cancellationToken = default) =>
        (await ListAsync(cancellationToken)).FirstOrDefault(worktree => worktree.Id == id);

    /// <summary>
    /// Commits what is there, pins it to <c>refs/agent-ide/kept/&lt;id&gt;/&lt;n&gt;</c>, sets aside what no commit holds, then removes the
    /// worktree and, if asked, its branch. Goes on where an earlier call was interrupted.
    /// </summary>
    /// <exception cref="GitException">
    /// <see cref="GitProblem.NotOurs"/>; <see cref="GitProblem.InUse"/>; or it could not be stored: then nothing was removed. <see
    /// cref="GitProblem.Storage"/> also when not all could be removed; what was there is kept then, and the next call goes on.
    /// </exception>
    public async Task<WorktreeRemoval> RemoveAsync(Worktree worktree, RemovalOptions options, CancellationToken cancellationToken = default)
    {
        CheckOurs(worktree);
        return await new WorktreeRemover(_checkpoints, _kept, _registration, Reached).RemoveAsync(worktree, options, cancellationToken);
    }

    public Task<WorktreeRemoval> RemoveAsync(Worktree worktree, bool deleteBranch, CancellationToken cancellationToken = default) =>
        RemoveAsync(worktree, new RemovalOptions { DeleteBranch = deleteBranch }, cancellationToken);

    /// <summary>Whether a worktree may be removed now; nothing is changed.</summary>
    /// <exception cref="GitException"><see cref="GitProblem.NotOurs"/>, <see cref="GitProblem.InUse"/>.</exception>
    public void CheckRemovable(Worktree worktree, bool force)
    {
        CheckOurs(worktree);
        WorktreeRemover.Refuse(worktree.Root, force);
    }

    /// <summary>Everything that is, or may be, a worktree of ours, damaged ones too.</summary>
    /// <param name="folders">Folders in which worktrees lie, or lay.</param>
    /// <param name="cancellationToken">Stops between worktrees.</param>
    public Task<IReadOnlyList<FoundWorktree>> SurveyAsync(IEnumerable<string> folders, CancellationToken cancellationToken = default) =>
        new WorktreeSurvey(_store).FindAsync(folders, cancellationToken);

    /// <summary>Removes what a survey found.</summary>
    /// <param name="found">From <see cref="SurveyAsync"/>.</param>
    /// <param name="branch">Full name of the branch, where the metadata that named it is gone.</param>
    /// <param name="options">As for any removal.</param>
    /// <param name="cancellationToken">Up to where nothing was removed.</param>
    /// <returns>Null where there was nothing to keep: its making had been cut short.</returns>
    /// <exception cref="GitException">As for any removal.</exception>
    public async Task<WorktreeRemoval?> RemoveAsync(FoundWorktree found, string branch, RemovalOptions options, CancellationToken cancellationToken = default)
    {
        if (found.Worktree is { } worktree)
        {
            return await RemoveAsync(worktree, options, cancellationToken);
        }

        if (!found.HasMetadata)
        {
            WorktreeRemover.Refuse(found.Root, options.Force);
            return await RemoveAsync(await new WorktreeSurvey(_store).AdoptAsync(found, branch, cancellationToken), options, cancellationToken);
        }

        if (found.IsComplete)
        {
            throw new GitException(
                GitProblem.NotOurs, $"Branch and base of the worktree {found.Root} are gone, so nothing of it could be kept. Look at it and remove it by hand.");
        }

        WorktreeRemover.Refuse(found.Root, options.Force);
        await _registration.UndoAsync(found.Root, WorktreeMetadata.GitDirectoryOf(Repository.CommonDirectory, found.Root));
        return null;
    }

    /// <summary>The worktree of a task; one whose metadata somebody removed is adopted again.</summary>
    /// <param name="id">The task's.</param>
    /// <param name="root">Where it was made.</param>
    /// <param name="branch">Full name.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<Worktree?> FindOrAdoptAsync(string id, string root, string branch, CancellationToken cancellationToken = default)
    {
        if (await FindAsync(id, cancellationToken) is { } worktree)
        {
            return worktree;
        }

        var survey = new WorktreeSurvey(_store);
        return await survey.FindLostAsync(root, cancellationToken) is { } lost && lost.Id == id
            ? await survey.AdoptAsync(lost, branch, cancellationToken)
            : null;
    }

    /// <summary>Removes temporary files that crashed runs left.</summary>
    /// <param name="age">Younger ones stay; zero where nobody else can be using any.</param>
    public void RemoveTemporaryFiles(TimeSpan age) => StagingFolder.RemoveOld(_store.StagingParent, age);

    /// <summary>Brings a removed worktree back from the newest kept ref: branch, index, files, and what was set aside.</summary>
    /// <exception cref="GitException">
    /// <see cref="GitProblem.UnknownCommit"/> when nothing is kept (any more); <see cref="GitProblem.BranchExists"/> when its
    /// branch is elsewhere by now.
    /// </exception>
    public Task<Worktree> RestoreAsync(string id, WorktreePlace place, CancellationToken cancellationToken = default)
    {
        CheckId(id);
        return new WorktreeRestorer(this, _checkpoints, _kept, _registration).RestoreAsync(id, place, cancellationToken);
    }

    /// <summary>
    /// Takes away the <c>.git</c> of repositories that a command made inside a worktree: nobody's git shall obey their configuration.
    /// </summary>
    /// <returns>Paths relative to the worktree.</returns>
    /// <exception cref="GitException"><see cref="GitProblem.Storage"/>: one could not be taken away.</exception>
    public Task<IReadOnlyList<string>> TakeNestedRepositoriesAsync(Worktree worktree, CancellationToken cancellationToken = default) =>
        NestedRepositories.TakeAwayAsync(worktree, Repository.CommonDirectory, cancellationToken);

    public void Dispose() => _registration.Dispose();

    private async Task<string> BaseOfAsync(WorktreeRequest request, WorktreeFill fill, CancellationToken cancellationToken)
    {
        if (request.BaseRevision is not { } revision)
        {
            var head = await Repository.EnsureReadyAsync(request.Place.Checkout, cancellationToken);
            if (!request.IncludeUncommitted)
            {
                return head.Commit!;
            }

            var snapshot = new UncommittedSnapshot(_store, request.Place.Checkout, _checkpoints.MaxFileBytes);
            var commit = await snapshot.StoreAsync(head, cancellationToken);
            fill.Say(snapshot.Notices);
            return commit;
        }

        if (request.IncludeUncommitted)
        {
            throw new ArgumentException("Uncommitted work belongs to HEAD; it cannot be carried onto another base.", nameof(request));
        }

        if (Repository.ObjectFormat.IsHash(revision) && await _store.ResolveCommitAsync(revision, cancellationToken) is { } known)
        {
            return known;
        }

        // As the user's checkout understands it: HEAD~1 means theirs.
        var output = await Repository.On(request.Place.Checkout).TryRunAsync(
            ["rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"], default, cancellationToken);
        return output.ExitCode == 0
            ? output.Line
            : throw new GitException(
                GitProblem.UnknownCommit,
                $"'{revision}' is no branch, tag or commit of {Repository.CommonDirectory}.");
    }

    private static void CheckId(string id)
    {
        if (id.Length is 0 or > 100 || id[0] == '-' || id[^1] == '-' || id.Contains("--", StringComparison.Ordinal)
            || !id.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-'))
        {
            throw new ArgumentException($"'{id}' is no task id.", nameof(id));
        }
    }

    internal async Task CheckPlaceAsync(WorktreePlace place, string id, CancellationToken cancellationToken)
    {
        var root = place.RootOf(id);
        var checkout = place.Checkout.Root;
        for (var folder = place.BaseFolder; folder.Length > checkout.Length && folder.StartsWith(checkout, StringComparison.Ordinal);)
        {
            // A repository could commit such a link and have worktrees made, and later removed, somewhere else.
            if (new FileInfo(folder).Attributes is var attributes && (int)attributes != -1 && attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                throw new GitException(
                    GitProblem.WorktreeExists,
                    $"{folder} is a link. Choose another folder for worktrees (worktree.base_path).");
            }

            folder = Path.GetDirectoryName(folder)!;
        }

        await _registration.RemoveHalfMadeAsync(place, id, cancellationToken);
        if (Path.Exists(root))
        {
            throw new GitException(GitProblem.WorktreeExists, $"{root} exists already. Remove it or choose another name for the task.");
        }

        var branch = place.BranchOf(id);
        if (place.BranchPrefix != _allowedPrefix
            && ((await Repository.Objects.TryRunAsync(["check-ref-format", branch], default, cancellationToken)).ExitCode != 0
                || branch.Contains(' ', StringComparison.Ordinal)))
        {
            throw new GitException(
                GitProblem.BranchBlocked,
                $"'{place.BranchPrefix}' cannot begin the name of a branch. Choose another worktree.branch_prefix.");
        }

        _allowedPrefix = place.BranchPrefix;
    }

    /// <summary>
    /// A branch that a killed process claimed and nobody used: it stands where this task's own base ref says it began, or where it
    /// is to begin now, and no worktree is on it.
    /// </summary>
    private async Task ReleaseUnusedBranchAsync(string id, string branch, string start, CancellationToken cancellationToken)
    {
        if (await _store.ResolveCommitAsync(branch, cancellationToken) is { } tip
            && await _store.ResolveCommitAsync(TaskRefs.Base(id), cancellationToken) is { } claimed
            && (tip == claimed || tip == start)
            && WorktreeMetadata.ReadAll(Repository.CommonDirectory).TrueForAll(metadata => metadata.Branch != branch))
        {
            await _store.UpdateRefsAsync([new RefUpdate(branch, null, tip)], cancellationToken);
        }
    }

    internal async Task ClaimBranchAsync(string branch, IReadOnlyList<RefUpdate> more, string commit, CancellationToken cancellationToken)
    {
        try
        {
            await _store.UpdateRefsAsync([new RefUpdate(branch, commit, null), .. more], cancellationToken);
        }
        catch (GitException exception) when (exception.Problem == GitProblem.RefMoved)
        {
            throw new GitException(
                GitProblem.BranchExists,
                $"The branch {Short(branch)} exists already. Delete or rename it, or choose another name for the task.", exception);
        }
        catch (GitException exception) when (exception.ErrorOutput.Contains("; cannot create", StringComparison.Ordinal))
        {
            var blocking = exception.ErrorOutput.Split('\'').FirstOrDefault(part => part.StartsWith("refs/heads/", StringComparison.Ordinal) && part != branch);
            throw new GitException(
                GitProblem.BranchBlocked,
                $"The branch {Short(blocking ?? branch)} stands in the way of {Short(branch)}. Rename it, or set another worktree.branch_prefix.",
                exception);
        }
    }

    private static string Short(string branch) => branch["refs/heads/".Length..];

    internal void Reached(string id, WorktreePhase phase) => PhaseReached?.Invoke(id, phase);

    /// <summary>As git recorded it: a configured folder may lead through links.</summary>
    internal static string RealRootOf(string gitDirectory) => WorktreeMetadata.Read(gitDirectory)!.Root;

    private void CheckOurs(Worktree worktree)
    {
        var metadata = WorktreeMetadata.Read(worktree.GitDirectory);
        var named = WorktreeMetadata.GitDirectoryNamedIn(worktree.Root);
        if (metadata is null
            || metadata.Id != worktree.Id
            || metadata.Root != worktree.Root
            || Path.GetDirectoryName(worktree.GitDirectory) != Path.Combine(Repository.CommonDirectory, "worktrees")
            || (named is not null && named != worktree.GitDirectory)
            || Directory.Exists(Path.Combine(worktree.Root, ".git")))
        {
            throw new GitException(
                GitProblem.NotOurs,
                $"{worktree.Root} is not the worktree of task {worktree.Id} any more. Look at it and remove it by hand.");
        }
    }
}
