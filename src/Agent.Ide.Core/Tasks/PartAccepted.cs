namespace Agent.Ide.Core.Tasks;

/// <summary>
/// Some of the task's files or hunks landed, and the others stay: what remains of its changes is counted from here on against another base,
/// the one before with what landed.
/// </summary>
public sealed record PartAccepted : TaskEvent
{
    /// <summary>The user's commit that landed; null when the target had these changes already.</summary>
    public string? Commit { get; init; }

    /// <summary>The task's base from now on; no commit of its branch.</summary>
    public required string BaseCommit { get; init; }

    /// <summary>The head that the files were taken from.</summary>
    public required string Head { get; init; }

    /// <summary>Repository-relative paths of which something landed, both names of a renamed file.</summary>
    public IReadOnlyList<string> Files { get => field ?? []; init; } = [];

    /// <summary>As <see cref="TaskAccepted.Kept"/>.</summary>
    public IReadOnlyList<string> Kept { get => field ?? []; init; } = [];
}
