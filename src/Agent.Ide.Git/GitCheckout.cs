namespace Agent.Ide.Git;

/// <summary>One checkout of a repository: the main one or a linked worktree.</summary>
/// <param name="Root">Real path of its top folder.</param>
/// <param name="GitDirectory">Its own git directory: <c>.git</c>, or <c>.git/worktrees/x</c> of a linked one.</param>
public sealed record GitCheckout(string Root, string GitDirectory);

/// <summary>What HEAD of a checkout is.</summary>
/// <param name="Branch">Full name (<c>refs/heads/main</c>); null when detached.</param>
/// <param name="Commit">Null when the branch has no commit yet.</param>
public sealed record GitHead(string? Branch, string? Commit);

/// <summary>What git is in the middle of in a checkout.</summary>
public enum GitOperation
{
    None,
    Merge,
    Rebase,
    CherryPick,
    Revert,
    Bisect,

    /// <summary><c>git am</c>.</summary>
    ApplyMail,
}
