namespace Agent.Ide.Git;

/// <summary>What kind of failure a <see cref="GitException"/> reports, so that a caller can choose an exit code or a way on.</summary>
public enum GitProblem
{
    /// <summary>A git command failed for a reason that has no kind of its own; the message carries its last line.</summary>
    CommandFailed,

    /// <summary>No git on the PATH.</summary>
    GitMissing,

    /// <summary>git is older than <see cref="GitProgram.MinimumVersion"/>.</summary>
    GitTooOld,

    /// <summary>The folder is not inside a git repository.</summary>
    NotARepository,

    /// <summary>The folder is a bare repository or a <c>.git</c> folder: there is no checkout to work for.</summary>
    BareRepository,

    /// <summary>git refuses the repository because another user owns it (<c>safe.directory</c>).</summary>
    OwnedBySomeoneElse,

    /// <summary>HEAD points to a branch that has no commit.</summary>
    NoCommitYet,

    /// <summary>A merge, rebase, cherry-pick, revert, bisect or am is under way in the checkout.</summary>
    OperationInProgress,

    /// <summary>A named ref or commit does not exist, or is not a commit.</summary>
    UnknownCommit,

    /// <summary>The branch of a new task exists already.</summary>
    BranchExists,

    /// <summary>An existing branch stands in the way of the name (<c>agent</c> blocks <c>agent/…</c>, and the other way round).</summary>
    BranchBlocked,

    /// <summary>The folder of a new worktree exists already.</summary>
    WorktreeExists,

    /// <summary>The worktree or branch was not made by this product, so it is left alone.</summary>
    NotOurs,

    /// <summary>A ref is not where the caller expected it; nothing was changed.</summary>
    RefMoved,

    /// <summary>The disk is full, read-only or refuses access; nothing was changed.</summary>
    Storage,

    /// <summary>A clean or smudge filter that must succeed (<c>filter.NAME.required</c>) could not be run, or failed.</summary>
    FilterFailed,

    /// <summary>A process uses the worktree, or something is mounted in it; nothing was removed.</summary>
    InUse,

    /// <summary>Something is larger than the configured bound.</summary>
    TooLarge,
}
