namespace Agent.Ide.Git.Merging.Accept;

/// <summary>Works out a plan, or why there is none. Reads the checkout, writes only objects.</summary>
internal sealed class AcceptPlanning
{
    private readonly GitRepository _repository;
    private readonly GitCheckout _checkout;
    private readonly AcceptRequest _request;

    public AcceptPlanning(GitRepository repository, GitCheckout checkout, AcceptRequest request)
    {
        _repository = repository;
        _checkout = checkout;
        _request = request;
    }

    /// <returns>A plan, or the outcome that stands instead of one.</returns>
    public async Task<(AcceptPlan? Plan, AcceptOutcome? Outcome)> PlanAsync(CancellationToken cancellationToken)
    {
        var head = await _repository.ReadHeadAsync(_checkout, cancellationToken);
        if (CheckTarget(head) is { } refusal)
        {
            return (null, refusal);
        }

        var tip = head.Commit!;
        var taskHead = await _repository.ResolveCommitAsync(_request.Branch, cancellationToken);
        if (taskHead != _request.ExpectedHead)
        {
            return (null, new AcceptOutcome.Refused(
                AcceptRefusal.HeadMoved,
                taskHead is null
                    ? $"The branch of {_request.TaskId} ({_request.Branch}) does not exist any more."
                    : $"{_request.TaskId} is at {taskHead[..12]} now, not at the reviewed {Short(_request.ExpectedHead)}. Look at it again, then accept."));
        }

        var overlaps = new OverlapCheck(_repository, _checkout);
        var carried = await overlaps.FindCarriedAsync(_request.CarriedPaths, cancellationToken);
        return carried.Count > 0
            ? (null, new AcceptOutcome.Overlapping(carried))
            : await MergeAsync(head, tip, overlaps, cancellationToken);
    }

    /// <summary>Whether the checkout is on the target and free; also asked again under the lock.</summary>
    public AcceptOutcome.Refused? CheckTarget(GitHead head)
    {
        var target = _request.TargetRef is null ? null : ShortName(_request.TargetRef);
        var current = head.Branch is null ? "a detached HEAD" : ShortName(head.Branch);
        if (!_request.OntoCurrent && (target is null || head.Branch != _request.TargetRef))
        {
            return new AcceptOutcome.Refused(
                AcceptRefusal.TargetNotCheckedOut,
                target is null
                    ? $"{_request.TaskId} started from a detached HEAD. Accept with --onto-current to land it on {current} of {_checkout.Root}."
                    : $"{target} is not checked out in {_checkout.Root}, which is on {current}. Check out {target}, or accept with --onto-current.");
        }

        if (head.Commit is null)
        {
            return new AcceptOutcome.Refused(AcceptRefusal.NoCommitYet, $"{current} has no commit yet. Make a first commit, then accept again.");
        }

        var operation = GitRepository.ReadOperation(_checkout);
        return operation == GitOperation.None
            ? null
            : new AcceptOutcome.Refused(
                AcceptRefusal.OperationInProgress,
                $"{_checkout.Root} is in the middle of a {Name(operation)}. Finish or abort it, then accept again.");
    }

    private async Task<(AcceptPlan? Plan, AcceptOutcome? Outcome)> MergeAsync(
        GitHead head, string tip, OverlapCheck overlaps, CancellationToken cancellationToken)
    {
        var (side, refusal) = await LandingSide.OfAsync(_repository, _request, cancellationToken);
        if (side is null)
        {
            return (null, refusal);
        }

        var (theirs, advancedBase) = (side.Commit, side.AdvancedBase);
        if (advancedBase is not null)
        {
            if (_request.Strategy == AcceptStrategy.Merge)
            {
                return (null, new AcceptOutcome.Refused(
                    AcceptRefusal.PartialMerge, "A merge commit would claim the whole task. Accept a part with the strategy squash."));
            }

            // Before anything lands: whoever learns of it after a crash finds the base of the rest.
            await AdvancedBase.PinAsync(_repository, _request.TaskId, advancedBase, cancellationToken);
        }

        // What lands has to be on disk before the branch points to it.
        var durable = _repository.Objects.WithSetting("core.fsync", "loose-object");
        var merged = await new ThreeWayMerge(_repository).MergeAsync(durable, _request.BaseCommit, tip, theirs, cancellationToken);
        var (tree, unmerged) = await new Resolving(_repository, durable, _request).ResolveAsync(merged, tip, theirs, cancellationToken);
        if (tree is null)
        {
            return (null, unmerged);
        }

        var changes = await TreeChange.ReadAsync(_repository.Objects, tip, tree, cancellationToken);
        if (changes.Count == 0)
        {
            var target = head.Branch is null ? "HEAD" : ShortName(head.Branch);
            return (null, new AcceptOutcome.NothingToMerge($"{_request.TaskId} has nothing that {target} lacks.") { AdvancedBase = advancedBase });
        }

        var found = await overlaps.FindAsync(changes, _request, cancellationToken);
        if (found.Count > 0)
        {
            return (null, new AcceptOutcome.Overlapping(found));
        }

        var commit = await LandedCommit.CreateAsync(_repository.On(_checkout), _request, tree, tip, advancedBase, cancellationToken);
        return commit.Commit is null
            ? (null, commit.Refusal)
            : (new AcceptPlan(head.Branch, tip, commit.Commit, changes, advancedBase), null);
    }

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;

    private static string ShortName(string name) => name.StartsWith("refs/heads/", StringComparison.Ordinal) ? name["refs/heads/".Length..] : name;

    private static string Name(GitOperation operation) => operation switch
    {
        GitOperation.CherryPick => "cherry-pick",
        GitOperation.ApplyMail => "git am",
        _ => operation.ToString().ToLowerInvariant(),
    };
}
