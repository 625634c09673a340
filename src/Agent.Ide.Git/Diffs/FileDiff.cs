namespace Agent.Ide.Git;

/// <summary>What differs between two commits.</summary>
/// <param name="BaseCommit">Full hash of the old side.</param>
/// <param name="HeadCommit">Full hash of the new side.</param>
/// <param name="Files">Sorted as git sorts them; a rename is one entry.</param>
/// <param name="HunksComplete">False when the patch passed the bound: files after it have no hunks.</param>
public sealed record TreeDiff(string BaseCommit, string HeadCommit, IReadOnlyList<FileDiff> Files, bool HunksComplete)
{
    public int Additions => Files.Sum(file => file.Additions);

    public int Deletions => Files.Sum(file => file.Deletions);
}

/// <summary>One file of a diff.</summary>
/// <param name="Path">On the new side; for a deletion, on the old.</param>
/// <param name="OldPath">Of a rename; otherwise null.</param>
/// <param name="Status">What happened.</param>
/// <param name="Additions">Lines; 0 for a binary file.</param>
/// <param name="Deletions">Lines; 0 for a binary file.</param>
/// <param name="Binary">Git takes it for binary: there are no hunks.</param>
/// <param name="Hunks">With three lines of context.</param>
/// <param name="OldMode">000000 when added.</param>
/// <param name="NewMode">000000 when deleted.</param>
public sealed record FileDiff(
    string Path,
    string? OldPath,
    FileChange Status,
    int Additions,
    int Deletions,
    bool Binary,
    IReadOnlyList<DiffHunk> Hunks,
    string OldMode,
    string NewMode);

/// <summary>A changed region. Lines count from 1; a start of 0 with 0 lines is an empty side, as git prints it.</summary>
/// <param name="Index">Within the file, from 0.</param>
public sealed record DiffHunk(int Index, int OldStart, int OldLines, int NewStart, int NewLines)
{
    public int Additions { get; init; }

    public int Deletions { get; init; }

    /// <summary>The first line that changed, on the new side, without context; where lines were only deleted, the one after them.</summary>
    public int FirstLine { get; init; }

    /// <summary>The last line that changed, as <see cref="FirstLine"/>.</summary>
    public int LastLine { get; init; }

    /// <summary>The first added line with text, else the first deleted one; trimmed and shortened. Null where only blank lines changed.</summary>
    public string? Text { get; init; }
}

/// <summary>A unified diff as bytes, for files may be in any encoding.</summary>
/// <param name="Bytes">At most the bound that was asked for, cut at the end of a line.</param>
/// <param name="Truncated">More was there.</param>
public sealed record GitPatch(byte[] Bytes, bool Truncated)
{
    /// <summary>Read as UTF-8; what is not becomes U+FFFD.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Bytes);
}
