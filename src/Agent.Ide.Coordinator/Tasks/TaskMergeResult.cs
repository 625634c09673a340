using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>How an accept ended: with what landed, or with why nothing did and nothing was changed.</summary>
/// <param name="Commit">What landed; null with a failure, and when there was nothing to merge.</param>
/// <param name="Strategy"><c>squash</c> or <c>merge</c>.</param>
/// <param name="Conflicts">The paths that stopped it.</param>
/// <param name="Failure">Null when it landed.</param>
public sealed record TaskMergeResult(string? Commit, string Strategy, IReadOnlyList<FileConflict> Conflicts, TaskError? Failure)
{
    /// <summary>One line each: what the user saved in the very moment it was replaced, and where it is kept.</summary>
    public IReadOnlyList<string> Kept { get; init; } = [];

    /// <summary>The files that landed, when others remain; null when it was of the whole task.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>With <see cref="Files"/>: the task's base from then on.</summary>
    public string? AdvancedBase { get; init; }

    /// <summary>The branch it should land on has other changes at the same lines.</summary>
    public const string ConflictCode = "mergeConflict";

    /// <summary>The same, and what a person decided about it cannot be used.</summary>
    public const string ResolutionCode = "unusableResolution";

    /// <summary>The same, because something is left to decide.</summary>
    public const string UndecidedCode = "undecidedConflict";

    /// <summary>The user has uncommitted work on a path that would be merged.</summary>
    public const string OverlapCode = "overlap";

    /// <summary>It was interrupted, and something keeps it from being finished or undone.</summary>
    public const string UnfinishedCode = "acceptUnfinished";
}
