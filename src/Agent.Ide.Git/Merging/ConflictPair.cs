namespace Agent.Ide.Git.Merging;

/// <summary>One of those whose changes are compared: a task, or the user.</summary>
/// <param name="Name">Task id, or <see cref="ConflictScan.User"/>.</param>
/// <param name="BaseCommit">What its changes started from.</param>
/// <param name="HeadCommit">Where they lead.</param>
public sealed record MergeSide(string Name, string BaseCommit, string HeadCommit);

/// <summary>Two sides that could not both land.</summary>
/// <param name="Left">Name of the first; its lines are <see cref="MergeConflict.OurRanges"/>, at its own head.</param>
/// <param name="Right">Name of the second; its lines are <see cref="MergeConflict.TheirRanges"/>, at its own head.</param>
/// <param name="Files">Ordered by path; never empty.</param>
public sealed record ConflictPair(string Left, string Right, IReadOnlyList<MergeConflict> Files);
