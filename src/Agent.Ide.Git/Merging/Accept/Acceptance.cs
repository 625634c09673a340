using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Git.Merging.Accept;

/// <summary>
/// Lands a task in the user's checkout: merged in memory, checked against the user's uncommitted work, then files, branch and index in
/// turn, with a journal that lets a restart finish or undo it. One at a time per repository. The user's own filters run as in any
/// checkout of theirs; hooks do not.
/// </summary>
/// <remarks>docs/adr/0008 says why in this order.</remarks>
public sealed class Acceptance : IDisposable
{
    private const int MaxAttempts = 5;

    private readonly GitRepository _repository;
    private readonly TimeProvider _time;
    private readonly AcceptJournals _journals;
    private readonly AcceptRecovery _recovery;
    private readonly Func<AcceptStage, Task> _reached;
    private readonly SemaphoreSlim _one = new(1, 1);
    private bool _cleared;

    /// <param name="repository">The repository; any of its checkouts may be accepted into.</param>
    /// <param name="time">For waits on another git's lock.</param>
    public Acceptance(GitRepository repository, TimeProvider time)
        : this(repository, time, _ => Task.CompletedTask)
    {
    }

    /// <param name="repository">The repository.</param>
    /// <param name="time">For waits.</param>
    /// <param name="reached">Called at each stage; what it throws interrupts the accept there.</param>
    internal Acceptance(GitRepository repository, TimeProvider time, Func<AcceptStage, Task> reached)
    {
        _repository = repository;
        _time = time;
        _reached = reached;
        _journals = new AcceptJournals(repository.CommonDirectory);
        _recovery = new AcceptRecovery(repository, _journals, time);
    }

    /// <summary>Lands a task, or says why not; only <see cref="AcceptOutcome.Accepted"/> changed anything of the user's.</summary>
    /// <param name="checkout">Where the target branch is checked out.</param>
    /// <param name="request">What to land.</param>
    /// <param name="cancellationToken">Heeded until the first file is touched; from then on it runs to its end, which is a matter of moments.</param>
    /// <exception cref="ArgumentException">The task's id is none; it names files.</exception>
    /// <exception cref="GitException">git or the disk failed; what had been begun was undone, or <see cref="RecoverAsync"/> will.</exception>
    public async Task<AcceptOutcome> AcceptAsync(GitCheckout checkout, AcceptRequest request, CancellationToken cancellationToken = default)
    {
        if (!TaskId.IsValid(request.TaskId))
        {
            throw new ArgumentException($"'{request.TaskId}' is not a task id.", nameof(request));
        }

        await _one.WaitAsync(cancellationToken);
        try
        {
            await ClearWayAsync(checkout, request, cancellationToken);
            for (var attempt = 0; attempt < MaxAttempts; attempt++)
            {
                if (await AttemptAsync(checkout, request, cancellationToken) is { } outcome)
                {
                    return outcome;
                }
            }

            return new AcceptOutcome.Refused(
                AcceptRefusal.TargetKeepsMoving, $"The target of {request.TaskId} moved {MaxAttempts} times while it was being accepted. Try again.");
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>
    /// Finishes or undoes every accept that was interrupted. To be called at start, before anything else merges or touches the
    /// checkouts; that first call also clears away what interrupted merges left. To be called again after an accept that threw.
    /// </summary>
    /// <returns>Also those that cannot be ended yet (<see cref="RecoveryResult.Pending"/>): only accepts into their checkouts wait for them.</returns>
    /// <exception cref="GitException">A journal cannot be read; the message says what to do.</exception>
    public async Task<IReadOnlyList<RecoveredAccept>> RecoverAsync(CancellationToken cancellationToken = default)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (!_cleared)
            {
                // Later ones are in use: recovering after a failure must not take a running scan's folder away.
                ScratchFolder.Clear(_repository.CommonDirectory);
                _cleared = true;
            }

            return await RecoverAllAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<IReadOnlyList<RecoveredAccept>> RecoverAllAsync(CancellationToken cancellationToken)
    {
        var recovered = new List<RecoveredAccept>();
        var journals = _journals.ReadAll();
        IndexLock.ReleaseOrphans(_repository.CommonDirectory, [.. journals.Select(journal => journal.TaskId)]);
        foreach (var journal in journals)
        {
            recovered.Add(await _recovery.RecoverAsync(journal, cancellationToken));
        }

        return recovered;
    }

    /// <exception cref="GitException">An interrupted accept of this task or into this checkout cannot be ended yet.</exception>
    private async Task ClearWayAsync(GitCheckout checkout, AcceptRequest request, CancellationToken cancellationToken)
    {
        var recovered = await RecoverAllAsync(cancellationToken);
        if (recovered.FirstOrDefault(one => one.Result == RecoveryResult.Pending && (one.TaskId == request.TaskId || one.Checkout == checkout.Root)) is { } pending)
        {
            throw new GitException(GitProblem.InUse, pending.Message);
        }
    }

    /// <summary>Says with a failure what became of the accept it interrupted.</summary>
    private static Exception Describe(Exception failure, RecoveredAccept? recovered) => (failure, recovered?.Result) switch
    {
        (_, RecoveryResult.Pending) => new GitException((failure as GitException)?.Problem ?? GitProblem.CommandFailed, $"{failure.Message} {recovered.Message}", failure),
        (GitException { Problem: GitProblem.FilterFailed }, RecoveryResult.Undone) =>
            new GitException(GitProblem.FilterFailed, $"{failure.Message} {recovered.Message}", failure),
        _ => failure,
    };

    /// <returns>Null when the target moved under it: to be tried again on the new tip.</returns>
    private async Task<AcceptOutcome?> AttemptAsync(GitCheckout checkout, AcceptRequest request, CancellationToken cancellationToken)
    {
        var planning = new AcceptPlanning(_repository, checkout, request);
        var (plan, outcome) = await planning.PlanAsync(cancellationToken);
        if (plan is null)
        {
            return outcome;
        }

        await _reached(AcceptStage.Planned);
        var journal = new AcceptJournal
        {
            TaskId = request.TaskId,
            Checkout = checkout.Root,
            GitDirectory = checkout.GitDirectory,
            Ref = plan.Ref,
            Tip = plan.Tip,
            Commit = plan.Commit,
            Mark = AcceptProcesses.NewMark(),
        };
        _journals.Write(journal);
        try
        {
            await _reached(AcceptStage.Journalled);
            return await LandAsync(checkout, request, planning, plan, journal, cancellationToken);
        }
        catch (Exception exception) when (exception is not AcceptAbandonedException)
        {
            var recovered = await RecoverAllAsync(CancellationToken.None);
            var described = Describe(exception, recovered.FirstOrDefault(one => one.TaskId == request.TaskId));
            if (described != exception)
            {
                throw described;
            }

            throw;
        }
    }

    private async Task<AcceptOutcome?> LandAsync(
        GitCheckout checkout, AcceptRequest request, AcceptPlanning planning, AcceptPlan plan, AcceptJournal journal, CancellationToken cancellationToken)
    {
        if (!await IndexLock.TryAcquireAsync(checkout.GitDirectory, request.TaskId, _time, cancellationToken))
        {
            _journals.Close(journal);
            return new AcceptOutcome.Refused(
                AcceptRefusal.IndexLocked,
                $"Another git is at work in {checkout.Root} ({IndexLock.PathOf(checkout.GitDirectory)} exists). "
                + "When none is running, delete that file; then accept again.");
        }

        // No git of the user can write index or files from here on; what happened before is seen now.
        var head = await _repository.ReadHeadAsync(checkout, cancellationToken);
        if (planning.CheckTarget(head) is { } refusal)
        {
            return Withdraw(journal, refusal);
        }

        if (head.Branch != plan.Ref || head.Commit != plan.Tip)
        {
            return Withdraw(journal, null);
        }

        var overlaps = await new OverlapCheck(_repository, checkout).FindAsync(plan.Changes, request, cancellationToken);
        if (overlaps.Count > 0)
        {
            return Withdraw(journal, new AcceptOutcome.Overlapping(overlaps));
        }

        await _reached(AcceptStage.Locked);
        var update = new CheckoutUpdate(_repository, checkout, _journals, journal with { Updating = true }, plan, _time);
        _journals.Write(journal with { Updating = true });
        await _reached(AcceptStage.Updating);
        if (await update.ReplaceFilesAsync() is { } obstacle)
        {
            // The user changed a file after the check. git looks at all of them before it touches the first.
            await ClearWayAsync(checkout, request, CancellationToken.None);
            var late = await new OverlapCheck(_repository, checkout).FindAsync(plan.Changes, request, CancellationToken.None);
            return late.Count > 0
                ? new AcceptOutcome.Overlapping(late)
                : new AcceptOutcome.Refused(
                    AcceptRefusal.FileInTheWay,
                    $"git will not replace a file of {checkout.Root}: {obstacle.ReplaceLineEndings(" ")}. Look at git status, then accept again.");
        }

        await _reached(AcceptStage.FilesUpdated);
        if (!await update.MoveRefAsync($"agent-ide: accept {request.TaskId}"))
        {
            await ClearWayAsync(checkout, request, CancellationToken.None);
            return null;
        }

        await _reached(AcceptStage.RefMoved);
        update.PublishIndex();
        await _reached(AcceptStage.IndexPublished);
        var kept = await update.CollectKeptAsync();
        Withdraw(journal, null);
        return new AcceptOutcome.Accepted(plan.Commit, plan.Tip, plan.Ref, [.. plan.Changes.Select(change => change.Path)])
        {
            AdvancedBase = plan.AdvancedBase,
            Kept = kept,
        };
    }

    /// <summary>Nothing is left to finish or undo: lock and journal go.</summary>
    private AcceptOutcome? Withdraw(AcceptJournal journal, AcceptOutcome? outcome)
    {
        _journals.Close(journal);
        return outcome;
    }
}
