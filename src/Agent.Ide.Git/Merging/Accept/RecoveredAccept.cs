namespace Agent.Ide.Git.Merging.Accept;

/// <summary>What became of an accept that a crash interrupted.</summary>
public enum RecoveryResult
{
    /// <summary>The branch had moved already; the rest was done.</summary>
    Finished,

    /// <summary>The branch had not moved; the files are as before.</summary>
    Undone,

    /// <summary>The branch or HEAD was moved by someone else since; files were left as they are.</summary>
    LeftAlone,

    /// <summary>It cannot be ended yet: a filter fails, say, or another git holds the index. Journal and lock stay, and it is tried again.</summary>
    Pending,
}

/// <summary>One interrupted accept and what recovery did with it.</summary>
/// <param name="TaskId">Whose.</param>
/// <param name="Result">What was done.</param>
/// <param name="Commit">The commit that was to land; it has landed when <see cref="RecoveryResult.Finished"/>.</param>
/// <param name="Kept">Files that were neither as before nor as merged, with a pinned copy of what they held.</param>
/// <param name="Message">One line for the user.</param>
public sealed record RecoveredAccept(
    string TaskId, RecoveryResult Result, string Commit, IReadOnlyList<KeptFile> Kept, string Message)
{
    /// <summary>Root of the checkout it was in.</summary>
    public required string Checkout { get; init; }
}
