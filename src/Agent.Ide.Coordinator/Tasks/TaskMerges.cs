using System.Collections.Concurrent;
using System.Text.Json;
using Agent.Ide.Coordinator.Review;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Git.Merging;
using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using LineRange = Agent.Ide.Protocol.Review.LineRange;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>Lands tasks and finds conflicts, translated to what tasks and front ends speak of.</summary>
public sealed class TaskMerges : IDisposable
{
    private readonly GitStore _store;
    private readonly Acceptance _accept;
    private readonly ConflictScan _scan;
    private readonly TaskParts _parts;

    /// <summary>How far below the target's tip an accept is looked for whose coordinator died before it had said so.</summary>
    private const int MaxCommitsOnTop = 200;

    private readonly ConcurrentDictionary<string, string> _landed = new(StringComparer.Ordinal);

    public TaskMerges(GitStore store, TimeProvider time)
    {
        _store = store;
        _accept = new Acceptance(store.Repository, time);
        _scan = new ConflictScan(store.Repository);
        _parts = new TaskParts(store);
    }

    /// <summary>What no accept may replace under a person's hands.</summary>
    public UnsavedFiles Unsaved { get; } = new();

    /// <param name="task">What lands.</param>
    /// <param name="request">How.</param>
    /// <param name="part">Only this of it; null: all.</param>
    /// <param name="checkout">Where.</param>
    /// <param name="cancellationToken">Until it begins to land.</param>
    /// <exception cref="RequestFailedException">Something else has to be put right first; nothing was changed.</exception>
    /// <exception cref="GitException">git failed; <see cref="RecoverAsync"/> puts right what was begun.</exception>
    public async Task<TaskMergeResult> AcceptAsync(
        TaskSnapshot task, AcceptParams request, TaskPart? part, string checkout, CancellationToken cancellationToken)
    {
        var strategy = request.Strategy ?? task.Created.Settings.MergeStrategy;
        var target = await _store.Repository.FindCheckoutAsync(checkout, cancellationToken);
        var landing = ToRequest(task, request, part, target) with { Strategy = StrategyOf(strategy) };
        var outcome = await _accept.AcceptAsync(target, landing, cancellationToken);
        if (outcome is AcceptOutcome.Refused { Reason: AcceptRefusal.PartialMerge } && request.Strategy is null)
        {
            // A merge commit is configured; part of a task cannot be one, and nobody asked for one now.
            strategy = "squash";
            outcome = await _accept.AcceptAsync(target, landing with { Strategy = AcceptStrategy.Squash }, cancellationToken);
        }

        return ResultOf(task, part?.Paths ?? [], strategy, outcome);
    }

    /// <summary>What a request for some of a task's files or hunks means; null where it is for all.</summary>
    /// <exception cref="RequestFailedException">It names nothing, or what the task does not have.</exception>
    public async Task<TaskPart?> ChooseAsync(TaskSnapshot task, AcceptParams request, CancellationToken cancellationToken) =>
        request.Files is null && request.Hunks is null ? null : await _parts.ChooseAsync(task, request.Files ?? [], request.Hunks ?? [], cancellationToken);

    /// <summary>The base that partial accepts had advanced, as it is after a roll back; null where none had.</summary>
    public Task<string?> BaseAfterRollbackAsync(TaskSnapshot task, string target, CancellationToken cancellationToken) =>
        _parts.BaseAfterRollbackAsync(task, target, cancellationToken);

    /// <summary>What a checkout is on now.</summary>
    public async Task<LandingPlace> FindLandingPlaceAsync(string checkout, CancellationToken cancellationToken)
    {
        var target = await _store.Repository.FindCheckoutAsync(checkout, cancellationToken);
        var head = await _store.Repository.ReadHeadAsync(target, cancellationToken);
        return new LandingPlace(target.Root, head.Branch);
    }

    /// <summary>Finishes or undoes what was interrupted, and remembers what turned out to have landed.</summary>
    /// <returns>By task: null where it is ended, else why it is not yet. Nothing but accepts into that checkout waits for it.</returns>
    public async Task<IReadOnlyDictionary<string, TaskError?>> RecoverAsync(CancellationToken cancellationToken)
    {
        var tasks = new Dictionary<string, TaskError?>(StringComparer.Ordinal);
        foreach (var recovered in await _accept.RecoverAsync(cancellationToken))
        {
            tasks[recovered.TaskId] = recovered.Result == RecoveryResult.Pending
                ? new TaskError(TaskMergeResult.UnfinishedCode, recovered.Message, null, ExitCodes.Environment)
                : null;
            if (recovered.Result == RecoveryResult.Finished)
            {
                _landed[recovered.TaskId] = recovered.Commit;
            }
        }

        return tasks;
    }

    public void Dispose() => _accept.Dispose();

    /// <summary>
    /// What an accept that was interrupted landed: what recovery finished, or the commit of the target (or of what it landed on instead) whose
    /// trailers name the task and its head. Others, the user's or another task's, may have come on top since. A commit that landed
    /// some of the files names the base of the rest; the log knows those that are no news, whatever hash they have by now. What was there
    /// before this accept began is no news either.
    /// </summary>
    /// <returns>Null when nothing landed.</returns>
    public async Task<TaskMergeResult?> FindLandedAsync(TaskSnapshot task, CancellationToken cancellationToken)
    {
        if (_landed.TryRemove(task.Id, out var finished)
            && await _store.ReadCommitAsync(finished, cancellationToken) is { } known
            && await LandedByAsync(task, known, cancellationToken) is { } recovered)
        {
            return recovered;
        }

        var candidate = await FindPlaceAsync(task, task.MergesOnto, cancellationToken);
        for (var depth = 0; candidate is not null && candidate != task.StartCommit && depth < MaxCommitsOnTop; depth++)
        {
            var commit = await _store.ReadCommitAsync(candidate, cancellationToken);
            if (commit is not null && commit.Hash == task.MergesAbove)
            {
                return null;
            }

            if (commit is not null && await LandedByAsync(task, commit, cancellationToken) is { } landed)
            {
                return landed;
            }

            candidate = commit is { Parents.Count: > 0 } ? commit.Parents[0] : null;
        }

        return null;
    }

    /// <summary>The commit that a task would land on; null when there is none.</summary>
    public async Task<string?> FindTipAsync(TaskSnapshot task, LandingPlace? onto, CancellationToken cancellationToken) =>
        await FindPlaceAsync(task, onto, cancellationToken) is { } place ? (await _store.ReadCommitAsync(place, cancellationToken))?.Hash : null;

    private async Task<string?> FindPlaceAsync(TaskSnapshot task, LandingPlace? onto, CancellationToken cancellationToken) =>
        onto is null ? task.Created.TargetRef : onto.Ref ?? await FindDetachedAsync(onto.Checkout, cancellationToken);

    /// <returns>Where a checkout is that was on no branch; null when it is gone.</returns>
    private async Task<string?> FindDetachedAsync(string checkout, CancellationToken cancellationToken)
    {
        try
        {
            var found = await _store.Repository.FindCheckoutAsync(checkout, cancellationToken);
            return (await _store.Repository.ReadHeadAsync(found, cancellationToken)).Commit;
        }
        catch (GitException e) when (e.Problem == GitProblem.NotARepository)
        {
            return null;
        }
    }

    /// <summary>What a commit landed of a task that the task's log does not know yet; null when nothing.</summary>
    private async Task<TaskMergeResult?> LandedByAsync(TaskSnapshot task, GitCommit commit, CancellationToken cancellationToken)
    {
        var advanced = commit.Trailer(AdvancedBase.Trailer);
        if (commit.Trailer("Agent-Task") != task.Id || commit.Trailer("Agent-Head") != task.Head || task.Parts.Any(part => part.BaseCommit == advanced))
        {
            return null;
        }

        var landed = new TaskMergeResult(commit.Hash, commit.Parents.Count > 1 ? "merge" : "squash", [], null);
        if (advanced is null)
        {
            return landed;
        }

        // A message can be edited: only a base made from the one the log knows is taken for the next.
        return await _store.ReadCommitAsync(advanced, cancellationToken) is { Parents: [var before] } && before == task.BaseCommit
            ? landed with { AdvancedBase = advanced, Files = await _parts.FilesBetweenAsync(before, advanced, cancellationToken) }
            : null;
    }

    /// <param name="tasks">Tasks with work that has not landed.</param>
    /// <param name="checkout">Whose uncommitted edits count.</param>
    /// <param name="cancellationToken">Kills what runs.</param>
    public async Task<IReadOnlyList<Protocol.Review.ConflictPair>> FindConflictsAsync(
        IEnumerable<TaskSnapshot> tasks, string checkout, CancellationToken cancellationToken)
    {
        var sides = tasks
            .Where(task => task.Head != task.BaseCommit)
            .Select(task => new MergeSide(task.Id, task.BaseCommit, task.Head))
            .ToArray();
        var target = await _store.Repository.FindCheckoutAsync(checkout, cancellationToken);
        var pairs = await _scan.ScanAsync(sides, target, await Unsaved.InAsync(target, cancellationToken), cancellationToken);
        return [.. pairs.Select(pair => new Protocol.Review.ConflictPair(pair.Left, pair.Right, [.. pair.Files.Select(file => ToConflict(file, file.OurRanges))]))];
    }

    internal AcceptRequest ToRequest(TaskSnapshot task, AcceptParams request, TaskPart? part, GitCheckout checkout) => new()
    {
        TaskId = task.Id,
        Branch = "refs/heads/" + task.Created.Branch,
        BaseCommit = task.BaseCommit,
        ExpectedHead = request.ExpectedHead,
        // Where the log says that it lands, even when another branch was checked out in this very moment.
        TargetRef = task.MergesOnto?.Ref ?? task.Created.TargetRef,
        OntoCurrent = request.OntoCurrent && task.MergesOnto?.Ref is null,
        Title = task.Created.Title,
        Body = task.Summary ?? string.Empty,
        Steps = task.LastStep,
        CarriedPaths = task.Worktree?.CarriedPaths ?? [],
        Files = part?.Files,
        Hunks = part?.Hunks ?? [],
        Resolutions = TaskResolutions.Of(request),
        ResolvedAgainst = request.ExpectedTarget,
        Unsaved = async ct => [.. (await Unsaved.InAsync(checkout, ct)).Keys],
        Date = _store.Clock.Fixed,
    };

    private static AcceptStrategy StrategyOf(string strategy) => strategy switch
    {
        "squash" => AcceptStrategy.Squash,
        "merge" => AcceptStrategy.Merge,
        "rebase" => throw RequestFailedException.NotBuilt("The strategy 'rebase'"),
        _ => throw new RequestFailedException("unknownStrategy", $"There is no strategy '{strategy}'.", "Use squash or merge.", ExitCodes.Usage),
    };

    private static TaskMergeResult ResultOf(TaskSnapshot task, IReadOnlyList<string> files, string strategy, AcceptOutcome outcome)
    {
        switch (outcome)
        {
            case AcceptOutcome.Accepted accepted:
                return new TaskMergeResult(accepted.Commit, strategy, [], null)
                {
                    AdvancedBase = accepted.AdvancedBase,
                    Files = accepted.AdvancedBase is null ? null : files,
                    Kept = [.. accepted.Kept.Select(file => $"{file.Path} was saved while it was replaced; what was saved is kept as {file.Blob} ({file.Ref}).")],
                };
            case AcceptOutcome.NothingToMerge nothing:
                return new TaskMergeResult(null, strategy, [], null) { AdvancedBase = nothing.AdvancedBase, Files = nothing.AdvancedBase is null ? null : files };
            case AcceptOutcome.Conflicting conflicting:
                var conflicts = conflicting.Conflicts.Select(conflict => ToConflict(conflict, conflict.TheirRanges)).ToArray();
                return new TaskMergeResult(null, strategy, conflicts, new TaskError(
                    TaskMergeResult.ConflictCode,
                    $"Task {task.Id} conflicts with {Describe(task)}: {Places(conflicts)}. Nothing was changed.",
                    TaskResolutions.WhatToDo(task),
                    ExitCodes.Conflict));
            case AcceptOutcome.Unresolvable unresolvable:
                return TaskResolutions.Unusable(task, strategy, unresolvable, [.. unresolvable.Conflicts.Select(conflict => ToConflict(conflict, conflict.TheirRanges))]);
            case AcceptOutcome.Overlapping overlapping:
                var overlaps = overlapping.Overlaps.Select(ToConflict).ToArray();
                return new TaskMergeResult(null, strategy, overlaps, new TaskError(
                    TaskMergeResult.OverlapCode,
                    $"You have uncommitted work on what task {task.Id} changes: {Places(overlaps)}. Nothing was changed.",
                    overlapping.Overlaps.Any(overlap => overlap.Kind == OverlapKind.Unsaved)
                        ? "Save or revert what an editor has not saved, commit or stash these paths, then accept again."
                        : "Commit or stash these paths, then accept again.",
                    ExitCodes.Conflict));
            case AcceptOutcome.Refused refused:
                throw new RequestFailedException(
                    JsonNamingPolicy.CamelCase.ConvertName(refused.Reason.ToString()),
                    refused.Message,
                    null,
                    refused.Reason is AcceptRefusal.OperationInProgress or AcceptRefusal.NoCommitYet ? ExitCodes.Environment : ExitCodes.Failed);
            default:
                throw new InvalidOperationException($"An accept cannot end as {outcome.GetType().Name}.");
        }
    }

    private static FileConflict ToConflict(MergeConflict conflict, IReadOnlyList<Git.Merging.LineRange> ranges) =>
        new(conflict.Path, JsonNamingPolicy.CamelCase.ConvertName(conflict.Kind.ToString()), ToRanges(ranges));

    private static FileConflict ToConflict(Overlap overlap) =>
        new(overlap.Path, JsonNamingPolicy.CamelCase.ConvertName(overlap.Kind.ToString()), ToRanges(overlap.TaskRanges));

    private static LineRange[] ToRanges(IReadOnlyList<Git.Merging.LineRange> ranges) =>
        [.. ranges.Select(range => new LineRange(range.Start, range.End))];

    /// <summary>Where a task lands, or tries to, as a person names it.</summary>
    internal static string Describe(TaskSnapshot task) => Describe(task.MergesOnto is { } onto ? onto.Ref : task.Created.TargetRef);

    internal static string Describe(string? target) =>
        target is null ? "the commit you are on" : target.StartsWith("refs/heads/", StringComparison.Ordinal) ? target["refs/heads/".Length..] : target;

    private static string Places(FileConflict[] conflicts)
    {
        const int Shown = 5;
        var places = conflicts.Take(Shown).Select(conflict =>
            conflict.Ranges.Count == 0 ? conflict.Path : $"{conflict.Path}:{string.Join(',', conflict.Ranges.Select(Lines))}");
        return string.Join("; ", places) + (conflicts.Length > Shown ? $" and {conflicts.Length - Shown} more" : string.Empty);
    }

    private static string Lines(LineRange range) => range.Start == range.End ? $"{range.Start}" : $"{range.Start}-{range.End}";
}
