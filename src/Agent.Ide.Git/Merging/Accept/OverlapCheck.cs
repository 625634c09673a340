namespace Agent.Ide.Git.Merging.Accept;

/// <summary>
/// Finds uncommitted work of the user that a merge would have to replace. git's own check is not enough: it overwrites
/// ignored files silently and believes an index that says "assume unchanged".
/// </summary>
internal sealed class OverlapCheck
{
    /// <summary>Lines are looked up for so many paths; more are only named.</summary>
    private const int MaxWithLines = 100;

    /// <summary>As many paths as certainly fit on a command line; beyond, the whole index is listed.</summary>
    private const int MaxArguments = 200;

    private readonly GitCommand _checkout;
    private readonly string _root;
    private readonly OverlapLines _lines;

    public OverlapCheck(GitRepository repository, GitCheckout checkout)
    {
        _checkout = repository.On(checkout);
        _root = checkout.Root;
        _lines = new OverlapLines(_checkout);
    }

    /// <summary>Uncommitted work that the task started from and that is still not committed.</summary>
    public async Task<IReadOnlyList<Overlap>> FindCarriedAsync(IReadOnlyList<string> carried, CancellationToken cancellationToken)
    {
        if (carried.Count == 0)
        {
            return [];
        }

        var status = await StatusEntry.ReadAsync(_checkout, untracked: true, cancellationToken);
        var uncommitted = status.Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        return [.. carried.Where(uncommitted.Contains).Order(StringComparer.Ordinal).Select(path => new Overlap(path, OverlapKind.Carried, [], []))];
    }

    /// <param name="changes">From the tip of the target to the merged tree; HEAD is the tip.</param>
    /// <param name="request">Whose lines to report.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>Ordered by path, each path once; empty when nothing is in the way.</returns>
    public async Task<IReadOnlyList<Overlap>> FindAsync(
        IReadOnlyList<TreeChange> changes, AcceptRequest request, CancellationToken cancellationToken)
    {
        var ignoreCase = (await _checkout.TryRunAsync(["config", "--type=bool", "--get", "core.ignoreCase"], default, cancellationToken)).Line == "true";
        var merged = new ChangedPaths(changes.Select(change => change.Path), ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        var found = new SortedDictionary<string, OverlapKind>(StringComparer.Ordinal);
        foreach (var entry in await StatusEntry.ReadAsync(_checkout, untracked: false, cancellationToken))
        {
            if (merged.Touches(entry.Path))
            {
                found[entry.Path] = entry.Staged ? OverlapKind.Staged : OverlapKind.Modified;
            }
        }

        await AddHiddenChangesAsync(found, changes, cancellationToken);
        foreach (var path in (await request.Unsaved(cancellationToken)).Where(merged.Touches))
        {
            found.TryAdd(path, OverlapKind.Unsaved);
        }

        await AddPresentAsync(found, new PresentFiles(_root, changes, ignoreCase).Find(), cancellationToken);
        var overlaps = new List<Overlap>(found.Count);
        foreach (var (path, kind) in found)
        {
            overlaps.Add(overlaps.Count < MaxWithLines && kind is OverlapKind.Staged or OverlapKind.Modified
                ? await _lines.DescribeAsync(path, kind, request, cancellationToken)
                : new Overlap(path, kind, [], []));
        }

        return overlaps;
    }

    /// <summary>Edits that <c>git status</c> was told not to look for: entries marked assume-unchanged or skip-worktree.</summary>
    private async Task AddHiddenChangesAsync(
        SortedDictionary<string, OverlapKind> found, IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        var tracked = changes.Where(change => !change.IsAdded && !change.IsSubmodule).ToDictionary(change => change.Path, StringComparer.Ordinal);
        if (tracked.Count == 0)
        {
            return;
        }

        List<string> arguments = ["ls-files", "-v", "-z"];
        if (tracked.Count <= MaxArguments && !tracked.Keys.Any(path => path.Any(char.IsSurrogate)))
        {
            arguments.Add("--");
            arguments.AddRange(tracked.Keys);
        }

        var output = await _checkout.RunAsync(arguments, default, cancellationToken);
        foreach (var field in output.NulTerminated)
        {
            // "H path": a small letter is assume-unchanged, S is skip-worktree.
            var marked = char.IsAsciiLetterLower(field[0]) || field[0] == 'S';
            if (marked
                && tracked.TryGetValue(field[2..], out var change)
                && !found.ContainsKey(change.Path)
                && await IsEditedAsync(change, skipped: field[0] is 'S' or 's', cancellationToken))
            {
                found[change.Path] = OverlapKind.Modified;
            }
        }
    }

    private async Task<bool> IsEditedAsync(TreeChange change, bool skipped, CancellationToken cancellationToken)
    {
        if (NativeFiles.Look(_root, change.Path) == FileKind.None)
        {
            return !skipped;
        }

        if (change.OldMode == TreeChange.LinkMode)
        {
            return true;
        }

        var output = await _checkout.TryRunAsync(
            ["hash-object", "--stdin-paths"], GitPath.Encode(change.Path + "\n"), cancellationToken);
        return output.ExitCode != 0 || output.Line != change.OldHash;
    }

    private async Task AddPresentAsync(
        SortedDictionary<string, OverlapKind> found, IReadOnlyList<string> present, CancellationToken cancellationToken)
    {
        var fresh = present.Where(path => !found.ContainsKey(path)).ToList();
        if (fresh.Count == 0)
        {
            return;
        }

        // check-ignore refuses to run with literal pathspecs; the prefix keeps a name from being read as anything but a name.
        var answer = await _checkout.WithVariable("GIT_LITERAL_PATHSPECS", "0").TryRunAsync(
            ["check-ignore", "-z", "--stdin"], GitPath.EncodeNulTerminated(fresh.Select(path => "./" + path)), cancellationToken);
        var ignored = answer.NulTerminated.ToHashSet(StringComparer.Ordinal);
        foreach (var path in fresh)
        {
            found[path] = ignored.Contains("./" + path) ? OverlapKind.Ignored : OverlapKind.Untracked;
        }
    }
}
