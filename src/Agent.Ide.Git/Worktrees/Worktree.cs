namespace Agent.Ide.Git;

/// <summary>The worktree and branch of one task.</summary>
/// <param name="Id">The task's.</param>
/// <param name="Root">Real path of its folder.</param>
/// <param name="GitDirectory">Its metadata, <c>.git/worktrees/…</c>, below the common directory.</param>
/// <param name="Branch">Full name, <c>refs/heads/agent/…</c>; HEAD of the worktree is symbolic to it.</param>
/// <param name="Base">The commit it started from, pinned by <c>refs/agent-ide/base/&lt;id&gt;</c>.</param>
public sealed record Worktree(string Id, string Root, string GitDirectory, string Branch, string Base)
{
    public GitCheckout Checkout => new(Root, GitDirectory);
}

/// <summary>Where the worktree and branch of a task go.</summary>
public sealed record WorktreePlace
{
    /// <summary>The checkout the task works for.</summary>
    public required GitCheckout Checkout { get; init; }

    /// <summary>Folder of the worktrees: relative to the checkout, or absolute.</summary>
    public string BasePath { get; init; } = ".worktrees";

    /// <summary>The branch is <c>&lt;prefix&gt;/&lt;id&gt;</c>.</summary>
    public string BranchPrefix { get; init; } = "agent";

    internal string BaseFolder => Path.GetFullPath(Path.Combine(Checkout.Root, BasePath));

    internal string RootOf(string id) => Path.Combine(BaseFolder, id);

    internal string BranchOf(string id) => $"refs/heads/{BranchPrefix}/{id}";
}

/// <summary>What a new worktree starts from.</summary>
public sealed record WorktreeRequest
{
    /// <summary>Matches <c>[a-z0-9]+(-[a-z0-9]+)*</c>.</summary>
    public required string Id { get; init; }

    public required WorktreePlace Place { get; init; }

    /// <summary>A branch, tag or commit; null: HEAD of the checkout.</summary>
    public string? BaseRevision { get; init; }

    /// <summary>
    /// Carries what is staged, modified, untracked and deleted in the checkout: it becomes a synthetic commit on the checkout's
    /// HEAD, and that commit the task's base. Not together with <see cref="BaseRevision"/>.
    /// </summary>
    public bool IncludeUncommitted { get; init; }

    /// <summary>
    /// Full hash of a commit on top of <see cref="BaseRevision"/> where the branch begins; null: at the base. What it changes against
    /// the base counts as the task's own.
    /// </summary>
    public string? StartCommit { get; init; }
}

/// <summary>How a worktree is removed.</summary>
public sealed record RemovalOptions
{
    /// <summary>The commits stay pinned; otherwise the branch stays where it is.</summary>
    public bool DeleteBranch { get; init; }

    /// <summary>Also while a process has files in it open for writing.</summary>
    public bool Force { get; init; }

    /// <summary>Where the branch was last, for one that was deleted by hand.</summary>
    public string? KnownTip { get; init; }
}

/// <summary>What became of a removed worktree.</summary>
/// <param name="KeptRef">The ref that pins its last state, <c>refs/agent-ide/kept/&lt;id&gt;/&lt;n&gt;</c>.</param>
/// <param name="KeptCommit">Where that ref points.</param>
/// <param name="NotKept">What is gone for good: ignored files past the bounds; a folder ends in a slash and stands for all in it.</param>
public sealed record WorktreeRemoval(string KeptRef, string KeptCommit, IReadOnlyList<SkippedPath> NotKept)
{
    /// <summary>What no commit holds and a restore brings back all the same; a folder stands for all in it.</summary>
    public IReadOnlyList<string> SetAside { get; init; } = [];

    /// <summary>The commit that the task's work ended with; what is kept beyond it was not committed by the task.</summary>
    public required string Tip { get; init; }

    /// <summary>Paths that were kept as they lay in the worktree, other than at <see cref="Tip"/>: what a person changed there.</summary>
    public IReadOnlyList<string> Uncommitted { get; init; } = [];

    /// <summary>Processes that stood in the folder and have nothing to lose by its end: a terminal, an editor.</summary>
    public IReadOnlyList<FolderUser> StillUsedBy { get; init; } = [];
}
