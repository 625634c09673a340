namespace Agent.Ide.Git.Merging;

/// <summary>Why a path cannot be merged by itself.</summary>
public enum ConflictKind
{
    /// <summary>Both sides changed the same lines, or lines that touch.</summary>
    Content,

    /// <summary>Both sides added the path with different content.</summary>
    AddAdd,

    /// <summary>One side changed what the other deleted.</summary>
    ModifyDelete,

    /// <summary>A file or folder was renamed in a way the other side contradicts.</summary>
    Rename,

    /// <summary>Both sides changed a file that is not text, or that attributes exclude from merging.</summary>
    Binary,

    /// <summary>The sides disagree on what the path is: plain, executable or link.</summary>
    Mode,

    /// <summary>A file on one side is a folder on the other.</summary>
    FileDirectory,

    /// <summary>The sides point a submodule to different commits.</summary>
    Submodule,

    /// <summary>Another kind that git reports; <see cref="MergeConflict.Message"/> says which.</summary>
    Other,
}

/// <summary>A path on which two sides contradict each other.</summary>
/// <param name="Path">Repository-relative, <c>/</c>-separated; odd bytes as <see cref="GitPath"/> decodes them.</param>
/// <param name="Kind">Why.</param>
/// <param name="OurRanges">Lines concerned, on our side; empty where lines make no sense (binary, mode, deleted there).</param>
/// <param name="TheirRanges">The same on their side.</param>
/// <param name="Message">git's own sentence about it.</param>
public sealed record MergeConflict(
    string Path,
    ConflictKind Kind,
    IReadOnlyList<LineRange> OurRanges,
    IReadOnlyList<LineRange> TheirRanges,
    string Message)
{
    /// <summary>Other paths that take part: the two new names of a file renamed twice.</summary>
    public IReadOnlyList<string> RelatedPaths { get; init; } = [];

    /// <summary>How it can be resolved.</summary>
    public ConflictChoice Choice { get; init; }
}
