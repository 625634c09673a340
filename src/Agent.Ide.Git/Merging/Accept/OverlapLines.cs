namespace Agent.Ide.Git.Merging.Accept;

/// <summary>Which lines of an overlapping file the task changed, and which the user.</summary>
internal sealed class OverlapLines
{
    private readonly GitCommand _checkout;

    public OverlapLines(GitCommand checkout) => _checkout = checkout;

    public async Task<Overlap> DescribeAsync(string path, OverlapKind kind, AcceptRequest request, CancellationToken cancellationToken)
    {
        if (path.Any(char.IsSurrogate))
        {
            return new Overlap(path, kind, [], []);
        }

        var task = await RangesAsync(["diff", .. DiffHunks.Options, request.BaseCommit, request.ExpectedHead, "--", path], cancellationToken);
        var user = await RangesAsync(["diff", .. DiffHunks.Options, "HEAD", "--", path], cancellationToken);
        return new Overlap(path, kind, task, user);
    }

    private async Task<IReadOnlyList<LineRange>> RangesAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        // git diff would write back what it learned about the user's index.
        var output = await _checkout.WithSetting("diff.autoRefreshIndex", "false").TryRunAsync(arguments, default, cancellationToken);
        return output.ExitCode == 0 ? ConflictLines.NewRanges(DiffHunks.Parse(output.Bytes)) : [];
    }
}
