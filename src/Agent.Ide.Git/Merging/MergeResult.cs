namespace Agent.Ide.Git.Merging;

/// <summary>What a merge in memory gave: a tree, or conflicts.</summary>
/// <param name="Tree">Hash of the merged tree; null when there are conflicts.</param>
/// <param name="Conflicts">Empty when it merged; ordered by path.</param>
public sealed record MergeResult(string? Tree, IReadOnlyList<MergeConflict> Conflicts)
{
    /// <summary>With conflicts: what they are resolved from.</summary>
    internal UnmergedTree? Unmerged { get; init; }
}
