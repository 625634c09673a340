namespace Agent.Ide.Git.Merging.Accept;

/// <summary>How a task's work becomes commits of its target branch.</summary>
public enum AcceptStrategy
{
    /// <summary>One commit with one parent, the tip of the target.</summary>
    Squash,

    /// <summary>One merge commit whose second parent is the task's head, so that each step stays reachable.</summary>
    Merge,
}

/// <summary>What to land, and where.</summary>
public sealed record AcceptRequest
{
    public required string TaskId { get; init; }

    /// <summary>Full name of the task's branch, <c>refs/heads/agent/…</c>.</summary>
    public required string Branch { get; init; }

    /// <summary>The commit the task's changes are counted from. It alone is the merge base.</summary>
    public required string BaseCommit { get; init; }

    /// <summary>The head that was reviewed; when the branch is elsewhere, nothing happens.</summary>
    public required string ExpectedHead { get; init; }

    /// <summary>Full name of the branch to land on, <c>refs/heads/…</c>; null when the task started from a detached HEAD.</summary>
    public string? TargetRef { get; init; }

    /// <summary>Land on whatever the checkout is on, a detached HEAD included, instead of <see cref="TargetRef"/>.</summary>
    public bool OntoCurrent { get; init; }

    public AcceptStrategy Strategy { get; init; } = AcceptStrategy.Squash;

    /// <summary>Becomes the subject; line breaks in it become spaces.</summary>
    public required string Title { get; init; }

    /// <summary>Text between subject and trailers; may be empty.</summary>
    public string Body { get; init; } = string.Empty;

    /// <summary>How many steps the task took; goes into the <c>Agent-Steps</c> trailer.</summary>
    public required int Steps { get; init; }

    /// <summary>Uncommitted work of the user that the task carried: it must be committed before its changes can land.</summary>
    public IReadOnlyList<string> CarriedPaths { get; init; } = [];

    /// <summary>Land only these paths of the task (of a rename, name both); null: all.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>Land of these files only some hunks. Without <see cref="Files"/>: nothing but these.</summary>
    public IReadOnlyList<FileHunks> Hunks { get; init; } = [];

    /// <summary>What a person decided where task and target contradict each other; a path at most once.</summary>
    public IReadOnlyList<ConflictResolution> Resolutions { get; init; } = [];

    /// <summary>With <see cref="Resolutions"/>: the commit of the target that they were made against.</summary>
    public string? ResolvedAgainst { get; init; }

    /// <summary>
    /// The paths that editors have open with changes that were not saved, relative to the checkout. Asked for again until the first file is
    /// touched, for people go on typing.
    /// </summary>
    public Func<CancellationToken, Task<IReadOnlyCollection<string>>> Unsaved { get; init; } = static _ => Task.FromResult<IReadOnlyCollection<string>>([]);

    /// <summary>Author and committer date; null: now, as git takes it.</summary>
    public DateTimeOffset? Date { get; init; }
}
