namespace Agent.Ide.Coordinator.Configuration.Keys;

/// <summary>
/// The one list of what the configuration knows but this version does not do. A key here is accepted at its default only;
/// a value or a tool is refused by name. Building a feature means deleting its line.
/// </summary>
internal static class NotBuiltYet
{
    public static readonly string[] Keys =
    [
        "context_budget.min_delegation_tokens",
        "worktree.warm",
        "validate",
        "merge.auto_merge",
        "inference.cache_eviction_interval",
        "inference.metal_memory_limit_gb",
    ];

    public static readonly string[] MergeStrategies = ["rebase"];

    public static readonly string[] Providers = ["anthropic"];

    public static readonly string[] ToolEnvironments = ["remote"];

    public static readonly string[] Tools = ["delegate"];
}
