using System.Text;

namespace Agent.Ide.Git.Merging;

/// <summary>
/// Finds the lines of a conflict from the three blobs git names for it. The conflicted text that git writes is never
/// parsed: a file whose own content holds conflict markers would be misread.
/// </summary>
internal sealed class ConflictLines
{
    /// <summary>Larger blobs are reported without lines.</summary>
    private const int MaxBlobBytes = 8 * 1024 * 1024;

    private readonly GitCommand _git;

    public ConflictLines(GitCommand git) => _git = git with { MaxOutputBytes = MaxBlobBytes };

    /// <summary>Lines on both sides; a hash is null where the side has no such file.</summary>
    public async Task<(IReadOnlyList<LineRange> Ours, IReadOnlyList<LineRange> Theirs)> FindAsync(
        string? baseBlob, string? ours, string? theirs, CancellationToken cancellationToken)
    {
        try
        {
            return (baseBlob, ours, theirs) switch
            {
                (not null, not null, not null) => await BothChangedAsync(baseBlob, ours, theirs, cancellationToken),
                (null, not null, not null) => Split(await DiffHunks.ReadAsync(_git, ours, theirs, cancellationToken)),
                (not null, not null, null) => (NewRanges(await DiffHunks.ReadAsync(_git, baseBlob, ours, cancellationToken)), []),
                (not null, null, not null) => ([], NewRanges(await DiffHunks.ReadAsync(_git, baseBlob, theirs, cancellationToken))),
                _ => ([], []),
            };
        }
        catch (GitException tooLarge) when (tooLarge.Problem == GitProblem.TooLarge)
        {
            return ([], []);
        }
    }

    /// <summary>
    /// Whether a text has the base's lines at a place where the sides contradict each other: with neither side's change, as a merge
    /// editor shows it before anything is decided.
    /// </summary>
    /// <param name="baseBlob">Where both sides began.</param>
    /// <param name="ours">Our side.</param>
    /// <param name="theirs">Their side.</param>
    /// <param name="text">What was made of them.</param>
    /// <param name="cancellationToken">Kills git.</param>
    public async Task<bool> IsUndecidedAsync(string baseBlob, string ours, string theirs, string text, CancellationToken cancellationToken)
    {
        var ourHunks = await DiffHunks.ReadAsync(_git, baseBlob, ours, cancellationToken);
        var theirHunks = await DiffHunks.ReadAsync(_git, baseBlob, theirs, cancellationToken);
        var decided = await DiffHunks.ReadAsync(_git, baseBlob, text, cancellationToken);
        return (await RegionsAsync(ourHunks, theirHunks, ours, theirs, cancellationToken))
            .Any(region => !decided.Any(hunk => hunk.OldStart <= region.BaseEnd && hunk.OldEnd >= region.BaseStart));
    }

    internal static IReadOnlyList<LineRange> NewRanges(IReadOnlyList<Hunk> hunks) => [.. hunks.Select(hunk => hunk.NewRange)];

    private static (IReadOnlyList<LineRange> Ours, IReadOnlyList<LineRange> Theirs) Split(IReadOnlyList<Hunk> hunks) =>
        ([.. hunks.Select(hunk => Hunk.RangeOf(hunk.OldStart, hunk.OldEnd))], NewRanges(hunks));

    private async Task<(IReadOnlyList<LineRange> Ours, IReadOnlyList<LineRange> Theirs)> BothChangedAsync(
        string baseBlob, string ours, string theirs, CancellationToken cancellationToken)
    {
        var ourHunks = await DiffHunks.ReadAsync(_git, baseBlob, ours, cancellationToken);
        var theirHunks = await DiffHunks.ReadAsync(_git, baseBlob, theirs, cancellationToken);
        var regions = await RegionsAsync(ourHunks, theirHunks, ours, theirs, cancellationToken);
        return regions.Count > 0
            ? ([.. regions.Select(region => Hunk.RangeOf(region.OurStart, region.OurEnd))],
               [.. regions.Select(region => Hunk.RangeOf(region.TheirStart, region.TheirEnd))])
            : (NewRanges(ourHunks), NewRanges(theirHunks));
    }

    private async Task<IReadOnlyList<ConflictRegions.Region>> RegionsAsync(
        IReadOnlyList<Hunk> ourHunks, IReadOnlyList<Hunk> theirHunks, string ours, string theirs, CancellationToken cancellationToken) =>
        ConflictRegions.Find(ourHunks, theirHunks, await LinesAsync(ours, cancellationToken), await LinesAsync(theirs, cancellationToken));

    private async Task<string[]> LinesAsync(string blob, CancellationToken cancellationToken)
    {
        // Latin-1 keeps every byte apart, which is all that comparing lines needs.
        var output = await _git.RunAsync(["cat-file", "blob", blob], default, cancellationToken);
        var text = Encoding.Latin1.GetString(output.Bytes);
        return text.EndsWith('\n') ? text[..^1].Split('\n') : text.Split('\n');
    }
}
