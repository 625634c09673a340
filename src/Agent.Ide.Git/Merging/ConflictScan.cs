using System.Collections.Concurrent;

namespace Agent.Ide.Git.Merging;

/// <summary>
/// Finds, in memory, which tasks could not both land, and which clash with the user's uncommitted edits. Only pairs whose changed paths
/// touch are merged. Nothing is written to the repository's object store.
/// </summary>
public sealed class ConflictScan
{
    /// <summary>The name that stands for the user's uncommitted edits.</summary>
    public const string User = "user";

    private const int MaxRemembered = 256;

    private readonly GitRepository _repository;
    private readonly ThreeWayMerge _merge;
    private readonly ConcurrentDictionary<(string Base, string Head), ChangedPaths> _changed = new();

    public ConflictScan(GitRepository repository)
    {
        _repository = repository;
        _merge = new ThreeWayMerge(repository);
    }

    /// <inheritdoc cref="ScanAsync(IReadOnlyList{MergeSide}, GitCheckout?, IReadOnlyDictionary{string, string}, CancellationToken)"/>
    public Task<IReadOnlyList<ConflictPair>> ScanAsync(
        IReadOnlyList<MergeSide> sides, GitCheckout? checkout, CancellationToken cancellationToken = default) =>
        ScanAsync(sides, checkout, new Dictionary<string, string>(), cancellationToken);

    /// <summary>Compares each side with each other and, where a checkout is given, with the user's uncommitted edits in it.</summary>
    /// <param name="sides">Tasks; their bases may differ.</param>
    /// <param name="checkout">Whose uncommitted edits count; null: none.</param>
    /// <param name="unsaved">What editors of that checkout have not saved, by relative path.</param>
    /// <param name="cancellationToken">Kills what runs.</param>
    /// <returns>Pairs in the order of <paramref name="sides"/>, the user always <see cref="ConflictPair.Right"/>.</returns>
    /// <exception cref="GitException">A commit is missing, or a file cannot be read.</exception>
    public async Task<IReadOnlyList<ConflictPair>> ScanAsync(
        IReadOnlyList<MergeSide> sides,
        GitCheckout? checkout,
        IReadOnlyDictionary<string, string> unsaved,
        CancellationToken cancellationToken = default)
    {
        using var scratch = ScratchFolder.Create(_repository.CommonDirectory);
        GitCommand Isolate(GitCommand git) => scratch.Isolate(git, _repository.CommonDirectory);
        var objects = Isolate(_repository.Objects);
        var all = new List<(MergeSide Side, ChangedPaths Changed)>();
        foreach (var side in sides)
        {
            all.Add((side, await ChangedAsync(objects, side, cancellationToken)));
        }

        if (checkout is not null && all.Count > 0)
        {
            var interest = new ChangedPaths(all.SelectMany(side => side.Changed.Paths));
            var user = await UncommittedEdits.ReadAsync(_repository, checkout, unsaved, interest, scratch, Isolate, cancellationToken);
            if (user is not null)
            {
                all.Add((user, await ReadChangedAsync(objects, user, cancellationToken)));
            }
        }

        var pairs = new List<ConflictPair>();
        for (var left = 0; left < all.Count; left++)
        {
            for (var right = left + 1; right < all.Count; right++)
            {
                if (all[left].Changed.Touches(all[right].Changed))
                {
                    var files = await CompareAsync(objects, all[left].Side, all[right].Side, cancellationToken);
                    if (files.Count > 0)
                    {
                        pairs.Add(new ConflictPair(all[left].Side.Name, all[right].Side.Name, files));
                    }
                }
            }
        }

        return pairs;
    }

    private async Task<ChangedPaths> ChangedAsync(GitCommand objects, MergeSide side, CancellationToken cancellationToken)
    {
        var key = (side.BaseCommit, side.HeadCommit);
        if (_changed.TryGetValue(key, out var known))
        {
            return known;
        }

        if (_changed.Count >= MaxRemembered)
        {
            _changed.Clear();
        }

        return _changed[key] = await ReadChangedAsync(objects, side, cancellationToken);
    }

    private static async Task<ChangedPaths> ReadChangedAsync(GitCommand objects, MergeSide side, CancellationToken cancellationToken) =>
        new((await TreeChange.ReadAsync(objects, side.BaseCommit, side.HeadCommit, cancellationToken)).Select(change => change.Path));

    private async Task<IReadOnlyList<MergeConflict>> CompareAsync(
        GitCommand objects, MergeSide left, MergeSide right, CancellationToken cancellationToken)
    {
        if (left.BaseCommit == right.BaseCommit)
        {
            return (await _merge.MergeAsync(objects, left.BaseCommit, left.HeadCommit, right.HeadCommit, cancellationToken)).Conflicts;
        }

        // What the older one did is carried over to the newer base first, as an accept would do it; what is left differs by their own changes only.
        var leftIsOlder = await IsAncestorAsync(objects, left.BaseCommit, right.BaseCommit, cancellationToken);
        var (older, newer) = leftIsOlder ? (left, right) : (right, left);
        var moved = await _merge.MergeAsync(objects, older.BaseCommit, newer.BaseCommit, older.HeadCommit, cancellationToken);
        if (moved.Tree is null)
        {
            return await CompareFromCommonAncestorAsync(objects, left, right, cancellationToken);
        }

        var conflicts = leftIsOlder
            ? await _merge.MergeAsync(objects, newer.BaseCommit, moved.Tree, newer.HeadCommit, cancellationToken)
            : await _merge.MergeAsync(objects, newer.BaseCommit, newer.HeadCommit, moved.Tree, cancellationToken);
        var result = new List<MergeConflict>();
        foreach (var conflict in conflicts.Conflicts)
        {
            var ranges = leftIsOlder ? conflict.OurRanges : conflict.TheirRanges;
            var back = await MapAsync(objects, ranges, $"{moved.Tree}:{conflict.Path}", $"{older.HeadCommit}:{conflict.Path}", cancellationToken);
            result.Add(leftIsOlder ? conflict with { OurRanges = back } : conflict with { TheirRanges = back });
        }

        return result;
    }

    /// <summary>The older side cannot be carried over as it is: it conflicts with its target already. Both are compared as they stand.</summary>
    private async Task<IReadOnlyList<MergeConflict>> CompareFromCommonAncestorAsync(
        GitCommand objects, MergeSide left, MergeSide right, CancellationToken cancellationToken)
    {
        var ancestor = await objects.TryRunAsync(["merge-base", left.BaseCommit, right.BaseCommit], default, cancellationToken);
        if (ancestor.ExitCode != 0)
        {
            return [];
        }

        var leftPaths = await ChangedAsync(objects, left, cancellationToken);
        var rightPaths = await ChangedAsync(objects, right, cancellationToken);
        var result = await _merge.MergeAsync(objects, ancestor.Line, left.HeadCommit, right.HeadCommit, cancellationToken);
        return [.. result.Conflicts.Where(conflict => leftPaths.Touches(conflict.Path) && rightPaths.Touches(conflict.Path))];
    }

    private static async Task<bool> IsAncestorAsync(GitCommand objects, string older, string newer, CancellationToken cancellationToken) =>
        (await objects.TryRunAsync(["merge-base", "--is-ancestor", older, newer], default, cancellationToken)).ExitCode == 0;

    private static async Task<IReadOnlyList<LineRange>> MapAsync(
        GitCommand objects, IReadOnlyList<LineRange> ranges, string from, string to, CancellationToken cancellationToken)
    {
        if (ranges.Count == 0)
        {
            return ranges;
        }

        var blobs = await objects.TryRunAsync(["rev-parse", from, to], default, cancellationToken);
        if (blobs.ExitCode != 0)
        {
            return ranges;
        }

        var hashes = blobs.Line.Split('\n');
        return LineMap.Map(ranges, await DiffHunks.ReadAsync(objects, hashes[0], hashes[1], cancellationToken));
    }
}
