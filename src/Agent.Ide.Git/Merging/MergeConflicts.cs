namespace Agent.Ide.Git.Merging;

/// <summary>Turns what git says about a failed merge into conflicts with paths, kinds and lines.</summary>
internal sealed class MergeConflicts
{
    private readonly ConflictLines _lines;
    private readonly string[] _suffixes;

    /// <param name="git">Reads the blobs of the merge.</param>
    /// <param name="ours">How our side was named to git; it makes names like <c>file~name</c> of it.</param>
    /// <param name="theirs">How their side was named.</param>
    public MergeConflicts(GitCommand git, string ours, string theirs)
    {
        _lines = new ConflictLines(git);
        _suffixes = ["~" + ours, "~" + theirs];
    }

    public async Task<IReadOnlyList<MergeConflict>> DescribeAsync(MergeTreeOutput output, CancellationToken cancellationToken)
    {
        var conflicts = new SortedDictionary<string, MergeConflict>(StringComparer.Ordinal);
        foreach (var message in output.Messages)
        {
            if (KindOf(message.Type) is not { } kind)
            {
                continue;
            }

            var paths = message.Paths.Select(Original).Distinct(StringComparer.Ordinal).ToList();
            var path = paths[0];
            if (kind == ConflictKind.Content && !HasStage(output, path, 1))
            {
                kind = ConflictKind.AddAdd;
            }

            // A binary file gets two messages: that it is one, and that it conflicts.
            if (!conflicts.TryGetValue(path, out var known) || known.Kind is ConflictKind.Content or ConflictKind.AddAdd)
            {
                conflicts[path] = new MergeConflict(path, kind, [], [], Plain(message.Text)) { RelatedPaths = [.. paths.Skip(1)] };
            }
        }

        foreach (var stage in output.Stages)
        {
            var path = Original(stage.Path);
            if (!conflicts.ContainsKey(path) && !conflicts.Values.Any(conflict => conflict.RelatedPaths.Contains(path)))
            {
                conflicts[path] = new MergeConflict(path, ConflictKind.Other, [], [], "The sides differ in a way git does not explain.");
            }
        }

        foreach (var conflict in conflicts.Values.ToList())
        {
            if (conflict.Kind is ConflictKind.Content or ConflictKind.AddAdd or ConflictKind.ModifyDelete)
            {
                conflicts[conflict.Path] = await WithLinesAsync(output, conflict, cancellationToken);
            }
        }

        return [.. conflicts.Values];
    }

    private static ConflictKind? KindOf(string type) => type switch
    {
        "CONFLICT (contents)" => ConflictKind.Content,
        "CONFLICT (binary)" => ConflictKind.Binary,
        "CONFLICT (modify/delete)" => ConflictKind.ModifyDelete,
        "CONFLICT (file/directory)" => ConflictKind.FileDirectory,
        "CONFLICT (distinct modes)" or "CONFLICT (distinct types)" => ConflictKind.Mode,
        _ when type.StartsWith("CONFLICT (submodule", StringComparison.Ordinal) => ConflictKind.Submodule,
        _ when type.StartsWith("CONFLICT", StringComparison.Ordinal) && type.Contains("rename", StringComparison.Ordinal) => ConflictKind.Rename,
        _ when type.StartsWith("CONFLICT", StringComparison.Ordinal) || type.StartsWith("ERROR", StringComparison.Ordinal) => ConflictKind.Other,
        _ => null,
    };

    private static bool HasStage(MergeTreeOutput output, string path, int stage) =>
        output.Stages.Any(entry => entry.Stage == stage && entry.Path == path);

    /// <summary>Takes off the suffix git gives to a file that had to make room.</summary>
    private string Original(string path)
    {
        foreach (var suffix in _suffixes)
        {
            var at = path.LastIndexOf(suffix, StringComparison.Ordinal);
            if (at > 0)
            {
                return path[..at];
            }
        }

        return path;
    }

    /// <summary>Without the names git was given, and without where it would have put the loser: no file is written here.</summary>
    private string Plain(string text)
    {
        text = text.Replace(_suffixes[0][1..], "ours", StringComparison.Ordinal).Replace(_suffixes[1][1..], "theirs", StringComparison.Ordinal);
        foreach (var tail in (ReadOnlySpan<string>)["; moving it to ", ".  Version ", "; renamed "])
        {
            var at = text.IndexOf(tail, StringComparison.Ordinal);
            if (at > 0)
            {
                return text[..at] + ".";
            }
        }

        return text;
    }

    private async Task<MergeConflict> WithLinesAsync(MergeTreeOutput output, MergeConflict conflict, CancellationToken cancellationToken)
    {
        string? Blob(int stage) => output.Stages.FirstOrDefault(entry =>
            entry.Stage == stage && entry.Path == conflict.Path && entry.Mode is not (TreeChange.LinkMode or TreeChange.SubmoduleMode))?.Hash;
        var (ours, theirs) = await _lines.FindAsync(Blob(1), Blob(2), Blob(3), cancellationToken);
        return conflict with { OurRanges = ours, TheirRanges = theirs };
    }
}
