namespace Agent.Ide.Git.Merging.Accept;

/// <summary>How an accept ended. Every case but <see cref="Accepted"/> left the user's checkout as it was.</summary>
public abstract record AcceptOutcome
{
    private AcceptOutcome()
    {
    }

    /// <summary>It landed.</summary>
    /// <param name="Commit">The user's new commit.</param>
    /// <param name="Parent">The tip it was put on.</param>
    /// <param name="Ref">The branch that moved; null: a detached HEAD.</param>
    /// <param name="Paths">What changed in the checkout.</param>
    public sealed record Accepted(string Commit, string Parent, string? Ref, IReadOnlyList<string> Paths) : AcceptOutcome
    {
        /// <summary>After a partial accept: the commit the task's remaining changes count from; null when all of it landed.</summary>
        public string? AdvancedBase { get; init; }

        /// <summary>
        /// Paths the user saved in the very moment they were replaced, with the blob that keeps what was saved, pinned under
        /// <c>refs/agent-ide/kept/</c>. Empty but for that race.
        /// </summary>
        public IReadOnlyList<KeptFile> Kept { get; init; } = [];
    }

    /// <summary>The task changed nothing, or the target has all of it already. No commit was made.</summary>
    public sealed record NothingToMerge(string Message) : AcceptOutcome
    {
        /// <summary>As <see cref="Accepted.AdvancedBase"/>: the target has the chosen files already, the others remain.</summary>
        public string? AdvancedBase { get; init; }
    }

    /// <summary>The task's changes and the target's contradict each other. "Ours" is the target, "theirs" the task.</summary>
    public sealed record Conflicting(IReadOnlyList<MergeConflict> Conflicts) : AcceptOutcome;

    /// <summary>What a person decided about a path cannot be used: they have to look again.</summary>
    /// <param name="Path">Which.</param>
    /// <param name="Problem">Why not.</param>
    /// <param name="Conflicts">All there are now; empty when it merges by itself by now.</param>
    public sealed record Unresolvable(string Path, ResolutionProblem Problem, IReadOnlyList<MergeConflict> Conflicts) : AcceptOutcome;

    /// <summary>Paths the task changes hold uncommitted work of the user.</summary>
    public sealed record Overlapping(IReadOnlyList<Overlap> Overlaps) : AcceptOutcome;

    /// <summary>Something else has to be put right first; the message says what and how.</summary>
    public sealed record Refused(AcceptRefusal Reason, string Message) : AcceptOutcome;
}

/// <summary>A copy of what a user saved over a file while an accept replaced it.</summary>
/// <param name="Path">Repository-relative.</param>
/// <param name="Blob">Hash of the content as it was on disk; <c>git cat-file blob</c> prints it.</param>
/// <param name="Ref">The ref that pins it.</param>
public sealed record KeptFile(string Path, string Blob, string Ref);

/// <summary>Why an accept was refused before anything was touched.</summary>
public enum AcceptRefusal
{
    /// <summary>The target branch is not what the given checkout has checked out.</summary>
    TargetNotCheckedOut,

    /// <summary>The checkout's branch has no commit yet.</summary>
    NoCommitYet,

    /// <summary>A merge, rebase, cherry-pick, revert or bisect is under way.</summary>
    OperationInProgress,

    /// <summary>The task's branch is not at the head that was reviewed, or does not exist.</summary>
    HeadMoved,

    /// <summary>A path of a partial accept is not changed by the task.</summary>
    UnknownFile,

    /// <summary>The chosen paths cannot land without others that were not chosen.</summary>
    InseparableFiles,

    /// <summary><c>user.name</c> or <c>user.email</c> is not set.</summary>
    IdentityMissing,

    /// <summary>The user wants commits signed and signing failed.</summary>
    SigningFailed,

    /// <summary>Another git process holds the checkout's index.</summary>
    IndexLocked,

    /// <summary>git refuses to replace a file for a reason that is not uncommitted work as far as can be seen.</summary>
    FileInTheWay,

    /// <summary>The target kept moving.</summary>
    TargetKeepsMoving,

    /// <summary>A merge commit was asked for, but only for some of the files.</summary>
    PartialMerge,
}

/// <summary>What kind of uncommitted work stands in the way.</summary>
public enum OverlapKind
{
    Staged,
    Modified,

    /// <summary>Present, not tracked and not ignored; also a folder or file where the merge needs the other.</summary>
    Untracked,

    /// <summary>Present and ignored.</summary>
    Ignored,

    /// <summary>The task carried this uncommitted work; it is still not committed.</summary>
    Carried,

    /// <summary>An editor has it open with changes that were not saved.</summary>
    Unsaved,
}

/// <summary>A path that the task changes and the user has uncommitted work on.</summary>
/// <param name="Path">The user's path; where a folder stands in the way of a file, or the other way round, the one that is there.</param>
/// <param name="Kind">What kind of work.</param>
/// <param name="TaskRanges">Lines the task changed, at its head; empty where lines make no sense.</param>
/// <param name="UserRanges">Lines the user changed, in the file as it is now.</param>
public sealed record Overlap(
    string Path, OverlapKind Kind, IReadOnlyList<LineRange> TaskRanges, IReadOnlyList<LineRange> UserRanges);
