namespace Agent.Ide.Git;

/// <summary>What to store as a commit on a task's branch.</summary>
public sealed record CheckpointRequest
{
    public required Worktree Worktree { get; init; }

    /// <summary>Where the branch must be now; anything else fails with <see cref="GitProblem.RefMoved"/>.</summary>
    public required string ExpectedTip { get; init; }

    /// <summary>
    /// The paths that may have changed, relative to the worktree, with <c>/</c>; a folder stands for what is below it. Null:
    /// look at the whole
    /// worktree (after a command), which costs by the size of the repository.
    /// </summary>
    public IReadOnlyList<string>? Paths { get; init; }

    /// <summary>First line of the message; line feeds become spaces.</summary>
    public required string Subject { get; init; }

    /// <summary>In the order in which they are written (<see cref="CheckpointTrailers"/>).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailers { get; init; } = [];
}

/// <summary>What a checkpoint stored.</summary>
/// <param name="Commit">Null when nothing had changed; the branch is then where it was.</param>
/// <param name="Files">What differs from the parent, sorted by path.</param>
/// <param name="Skipped">What was left out, with the reason, for the log and the model.</param>
public sealed record CheckpointResult(string? Commit, IReadOnlyList<CheckpointFile> Files, IReadOnlyList<SkippedPath> Skipped);

/// <summary>A path that a checkpoint changed.</summary>
/// <param name="Path">Relative to the worktree (<see cref="GitPath"/>).</param>
/// <param name="Change">What happened to it.</param>
public sealed record CheckpointFile(string Path, FileChange Change);

public enum FileChange
{
    Added,
    Modified,
    Deleted,

    /// <summary>In a diff with rename detection only.</summary>
    Renamed,

    /// <summary>A file became a symbolic link or the other way round.</summary>
    TypeChanged,
}

/// <summary>A path that was not stored.</summary>
public sealed record SkippedPath(string Path, SkipReason Reason);

public enum SkipReason
{
    /// <summary>Ignored and not tracked.</summary>
    Ignored,

    /// <summary>A FIFO, device or socket.</summary>
    NotAFile,

    /// <summary>Larger than the configured bound.</summary>
    TooLarge,

    /// <summary>Inside a folder called <c>.git</c>, or a name git cannot hold.</summary>
    ForbiddenName,

    /// <summary>Reached through a symbolic link, or outside the worktree.</summary>
    OutsideWorktree,

    /// <summary>Inside a submodule.</summary>
    Submodule,

    /// <summary>The system refused to read it.</summary>
    Unreadable,

    /// <summary>One of the <see cref="IncludedFiles"/>, by whatever name.</summary>
    Included,

    /// <summary>It has the name of a folder with files that a sparse checkout leaves out; storing it would delete them.</summary>
    CoversHidden,
}
