namespace Agent.Ide.Git.Merging;

/// <summary>
/// Merges commits in memory: no checkout and no index is read or written, no hook, filter or configured program runs. The
/// merge base is always the caller's; git never picks one.
/// </summary>
/// <remarks>
/// <c>git merge-tree</c> before 2.40 takes no base, so both sides are wrapped in synthetic commits whose only parent is the base. They have a
/// fixed author and date: the same merge makes the same objects.
/// </remarks>
public sealed class ThreeWayMerge
{
    private static readonly GitIdentity Synthetic = GitIdentity.Agent;

    private readonly GitRepository _repository;

    public ThreeWayMerge(GitRepository repository) => _repository = repository;

    /// <summary>Merges the changes from <paramref name="baseCommit"/> to <paramref name="theirs"/> into <paramref name="ours"/>.</summary>
    /// <param name="baseCommit">A commit.</param>
    /// <param name="ours">A commit or tree.</param>
    /// <param name="theirs">A commit or tree.</param>
    /// <param name="cancellationToken">Kills git; what it wrote are unreferenced objects.</param>
    /// <exception cref="GitException">An object is missing or cannot be stored.</exception>
    public Task<MergeResult> MergeAsync(string baseCommit, string ours, string theirs, CancellationToken cancellationToken = default) =>
        MergeAsync(_repository.Objects, baseCommit, ours, theirs, cancellationToken);

    /// <summary>The same with objects written where <paramref name="objects"/> says.</summary>
    internal async Task<MergeResult> MergeAsync(
        GitCommand objects, string baseCommit, string ours, string theirs, CancellationToken cancellationToken)
    {
        var (baseTree, ourTree, theirTree) = await TreesOfAsync(objects, baseCommit, ours, theirs, cancellationToken);
        if (ourTree == baseTree || ourTree == theirTree)
        {
            return new MergeResult(theirTree, []);
        }

        if (theirTree == baseTree)
        {
            return new MergeResult(ourTree, []);
        }

        using var scratch = ScratchFolder.Create(_repository.CommonDirectory);
        var changed = await TreeChange.ReadAsync(objects, baseCommit, theirTree, cancellationToken);
        var folder = scratch.Folder("merge");
        await BaseAttributes.WriteAsync(objects, baseCommit, changed.Select(change => change.Path), folder, cancellationToken);
        var git = (await MergeSettings.ApplyAsync(objects, cancellationToken)).WithWorkTree(folder);
        var ourCommit = CommitAsync(objects, ourTree, baseCommit, cancellationToken);
        var theirCommit = CommitAsync(objects, theirTree, baseCommit, cancellationToken);
        string[] arguments = ["merge-tree", "--write-tree", "-z", "--messages", "--allow-unrelated-histories", await ourCommit, await theirCommit];
        var output = await git.TryRunAsync(arguments, default, cancellationToken);
        if (output.ExitCode is not (0 or 1))
        {
            throw GitCommand.Failure(arguments, output);
        }

        var parsed = MergeTreeOutput.Parse(output.NulTerminated);
        if (output.ExitCode == 0)
        {
            return new MergeResult(parsed.Tree, []);
        }

        var unmerged = new UnmergedTree(parsed, arguments[^2], arguments[^1]);
        var conflicts = await new MergeConflicts(objects, unmerged.OurName, unmerged.TheirName).DescribeAsync(parsed, cancellationToken);
        return new MergeResult(null, [.. conflicts.Select(conflict => conflict with { Choice = unmerged.ChoiceOf(conflict) })]) { Unmerged = unmerged };
    }

    private static async Task<(string Base, string Ours, string Theirs)> TreesOfAsync(
        GitCommand objects, string baseCommit, string ours, string theirs, CancellationToken cancellationToken)
    {
        var output = await objects.RunAsync(
            ["rev-parse", "--end-of-options", baseCommit + "^{tree}", ours + "^{tree}", theirs + "^{tree}"], default, cancellationToken);
        var lines = output.Line.Split('\n');
        return (lines[^3], lines[^2], lines[^1]);
    }

    private static Task<string> CommitAsync(GitCommand objects, string tree, string parent, CancellationToken cancellationToken) =>
        objects.WithIdentity(Synthetic, DateTimeOffset.UnixEpoch)
            .ReadLineAsync(["commit-tree", tree, "-p", parent, "-m", "One side of a merge in memory"], cancellationToken);
}
