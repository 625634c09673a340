namespace Agent.Ide.Git.Merging;

/// <summary>One path that differs between two trees, renames taken apart.</summary>
/// <param name="Path">As <see cref="GitPath"/> decodes it.</param>
/// <param name="OldMode">Octal, <c>000000</c> when added.</param>
/// <param name="OldHash">All zeros when added.</param>
/// <param name="NewMode">Octal, <c>000000</c> when deleted.</param>
/// <param name="NewHash">All zeros when deleted.</param>
internal sealed record TreeChange(string Path, string OldMode, string OldHash, string NewMode, string NewHash)
{
    public const string SubmoduleMode = "160000";
    public const string LinkMode = "120000";
    private const string Absent = "000000";

    public bool IsAdded => OldMode == Absent;

    public bool IsDeleted => NewMode == Absent;

    public bool IsSubmodule => OldMode == SubmoduleMode || NewMode == SubmoduleMode;

    /// <summary>A change of which only the new side is known.</summary>
    /// <param name="path">As above.</param>
    /// <param name="mode">Null: deleted.</param>
    /// <param name="hash">Null: deleted.</param>
    /// <param name="format">How long a hash of zeros is.</param>
    public static TreeChange To(string path, string? mode, string? hash, ObjectFormat format) =>
        new(path, Absent, format.ZeroHash, mode ?? Absent, hash ?? format.ZeroHash);

    /// <summary>What differs between two commits or trees, ordered as git orders paths.</summary>
    public static async Task<IReadOnlyList<TreeChange>> ReadAsync(
        GitCommand git, string from, string to, CancellationToken cancellationToken)
    {
        var output = await git.RunAsync(
            ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-commit-id", from, to], default, cancellationToken);
        var fields = output.NulTerminated;
        var changes = new List<TreeChange>(fields.Count / 2);
        for (var i = 0; i + 1 < fields.Count; i += 2)
        {
            // ":100644 100755 <old> <new> M"
            var parts = fields[i].Split(' ');
            changes.Add(new TreeChange(fields[i + 1], parts[0][1..], parts[2], parts[1], parts[3]));
        }

        return changes;
    }
}
