namespace Agent.Ide.Git.Merging.Accept;

/// <summary>What is to land where, worked out in memory.</summary>
/// <param name="Ref">The branch to move; null: a detached HEAD.</param>
/// <param name="Tip">Where it is.</param>
/// <param name="Commit">Where it goes.</param>
/// <param name="Changes">From tip to commit.</param>
/// <param name="AdvancedBase">After a partial accept, the base of what remains.</param>
internal sealed record AcceptPlan(string? Ref, string Tip, string Commit, IReadOnlyList<TreeChange> Changes, string? AdvancedBase);
