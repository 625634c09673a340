namespace Agent.Ide.Git.Merging.Accept;

/// <summary>Puts what a person decided in place of the conflicts of a merge.</summary>
internal sealed class Resolving
{
    private readonly GitRepository _repository;
    private readonly GitCommand _objects;
    private readonly AcceptRequest _request;

    /// <param name="repository">Where.</param>
    /// <param name="objects">Says where objects are written, and how durably.</param>
    /// <param name="request">Has the resolutions.</param>
    public Resolving(GitRepository repository, GitCommand objects, AcceptRequest request)
    {
        _repository = repository;
        _objects = objects;
        _request = request;
    }

    /// <param name="merged">The merge with the target as it is now.</param>
    /// <param name="tip">The target as it is now.</param>
    /// <param name="theirs">What lands.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>The merged tree, or why there is none.</returns>
    public async Task<(string? Tree, AcceptOutcome? Outcome)> ResolveAsync(
        MergeResult merged, string tip, string theirs, CancellationToken cancellationToken)
    {
        var seen = _request.Resolutions.Count == 0 || _request.ResolvedAgainst == tip ? merged.Unmerged : await MergeAsSeenAsync(theirs, cancellationToken);
        foreach (var resolution in _request.Resolutions)
        {
            if (await ProblemOfAsync(resolution, merged, seen, cancellationToken) is { } problem)
            {
                return (null, new AcceptOutcome.Unresolvable(resolution.Path, problem, merged.Conflicts));
            }
        }

        MergeConflict[] left = [.. merged.Conflicts.Where(conflict => !_request.Resolutions.Any(resolution => resolution.Path == conflict.Path))];
        return merged.Unmerged is null
            ? (merged.Tree, null)
            : left.Length > 0
                ? (null, new AcceptOutcome.Conflicting(left))
                : (await merged.Unmerged.ResolveAsync(_repository, _objects, _request.Resolutions, cancellationToken), null);
    }

    /// <param name="resolution">What was decided.</param>
    /// <param name="merged">The merge with the target as it is now.</param>
    /// <param name="seen">The merge with the target as the person saw it; null where there is no such target or no conflict with it.</param>
    /// <param name="cancellationToken">Kills git.</param>
    private async Task<ResolutionProblem?> ProblemOfAsync(
        ConflictResolution resolution, MergeResult merged, UnmergedTree? seen, CancellationToken cancellationToken)
    {
        var text = resolution as ConflictResolution.Text;
        var conflict = merged.Conflicts.FirstOrDefault(conflict => conflict.Path == resolution.Path);
        if (conflict is null)
        {
            return ResolutionProblem.NotInConflict;
        }

        if (conflict.Choice == ConflictChoice.None || (text is not null && conflict.Choice != ConflictChoice.Text))
        {
            return ResolutionProblem.Unfit;
        }

        // What else came to the target since does not matter to it.
        if (seen is null || Enumerable.Range(1, 3).Any(stage => seen.Stage(resolution.Path, stage) != merged.Unmerged!.Stage(resolution.Path, stage)))
        {
            return ResolutionProblem.Outdated;
        }

        if (text is not null && await merged.Unmerged!.HasMarkersAsync(_objects, text, cancellationToken))
        {
            return ResolutionProblem.MarkersLeft;
        }

        return text is { MustDecide: true } && await merged.Unmerged!.IsUndecidedAsync(_objects, text, cancellationToken) ? ResolutionProblem.Undecided : null;
    }

    private async Task<UnmergedTree?> MergeAsSeenAsync(string theirs, CancellationToken cancellationToken) =>
        _request.ResolvedAgainst is { } seen && await _repository.ResolveCommitAsync(seen, cancellationToken) is { } target
            ? (await new ThreeWayMerge(_repository).MergeAsync(_objects, _request.BaseCommit, target, theirs, cancellationToken)).Unmerged
            : null;
}
