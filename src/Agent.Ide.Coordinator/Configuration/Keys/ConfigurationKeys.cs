namespace Agent.Ide.Coordinator.Configuration.Keys;

/// <summary>
/// Every key but those of <c>tools</c> (<see cref="ToolKeys"/>): path, default, what is allowed, and when a repository's
/// value needs the user's trust. Defaults and names are the contract's; the ranges are ours and bound what a typing
/// error can cost.
/// </summary>
internal static class ConfigurationKeys
{
    private const int Week = 7 * 24 * 3600;

    private static readonly AgentSessionSettings Default = new();

    /// <summary>Spends like a budget, so free; but a repository does not replace the model its user chose.</summary>
    public static readonly ConfigurationKey<string?> Model =
        new("model", Default.Model, new OptionalText("a model's name", TextRules.Model), TrustRules.OverTheUsers<string?>());

    public static readonly ConfigurationKey<int?> MaxTokens =
        new("context_budget.max_tokens", Default.ContextBudget.MaxTokens, new WholeNumberOr("auto", 1024, 10_000_000),
            TrustRules.WhenTheUsersIsRaised());

    public static readonly ConfigurationKey<double> DelegationThreshold =
        new("context_budget.delegation_threshold", Default.ContextBudget.DelegationThreshold, new PositiveNumber(1), TrustRules.Free<double>());

    public static readonly ConfigurationKey<int> MinDelegationTokens =
        new("context_budget.min_delegation_tokens", Default.ContextBudget.MinDelegationTokens, new WholeNumber(1, 1_000_000), TrustRules.Free<int>());

    public static readonly ConfigurationKey<string> BasePath =
        new("worktree.base_path", Default.Worktree.BasePath, new Text("a relative folder inside the repository", TextRules.WorktreeFolder),
            TrustRules.Free<string>());

    public static readonly ConfigurationKey<string> BranchPrefix =
        new("worktree.branch_prefix", Default.Worktree.BranchPrefix, new Text("the beginning of a branch name", TextRules.BranchPrefix),
            TrustRules.Free<string>());

    public static readonly ConfigurationKey<int> MaxConcurrent =
        new("worktree.max_concurrent", Default.Worktree.MaxConcurrent, new WholeNumber(1, 64), TrustRules.WhenRaised<int>());

    public static readonly ConfigurationKey<int> PruneAfterHours =
        new("worktree.prune_after_hours", Default.Worktree.PruneAfterHours, new WholeNumber(1, 8760), TrustRules.Free<int>());

    public static readonly ConfigurationKey<int> Warm =
        new("worktree.warm", Default.Worktree.Warm, new WholeNumber(0, 16), TrustRules.WhenRaised<int>());

    public static readonly ConfigurationKey<bool> IncludeUncommitted =
        new("worktree.include_uncommitted", Default.Worktree.IncludeUncommitted, new Truth(), TrustRules.WhenTurnedOn());

    public static readonly ConfigurationKey<IReadOnlyList<string>> Setup =
        new("setup", Default.Setup, new Commands(), TrustRules.Always<IReadOnlyList<string>>());

    public static readonly ConfigurationKey<IReadOnlyList<string>> Validate =
        new("validate", Default.Validate, new Commands(), TrustRules.Always<IReadOnlyList<string>>());

    public static readonly ConfigurationKey<MergeStrategy> Strategy =
        new("merge.strategy", Default.Merge.Strategy,
            new OneOf<MergeStrategy>(("squash", MergeStrategy.Squash), ("merge", MergeStrategy.Merge), ("rebase", MergeStrategy.Rebase))
            {
                Unbuilt = NotBuiltYet.MergeStrategies,
            },
            TrustRules.Free<MergeStrategy>());

    public static readonly ConfigurationKey<bool> AutoMerge =
        new("merge.auto_merge", Default.Merge.AutoMerge, new Truth(), TrustRules.WhenTurnedOn());

    public static readonly ConfigurationKey<NetworkAccess> Network =
        new("network", Default.Network, new OneOf<NetworkAccess>(("none", NetworkAccess.None), ("full", NetworkAccess.Full)),
            TrustRules.WhenRaised<NetworkAccess>());

    public static readonly ConfigurationKey<int> MemoryMb =
        new("resource_limits.memory_mb", Default.ResourceLimits.MemoryMb, new WholeNumber(64, 4_194_304), TrustRules.WhenRaised<int>());

    public static readonly ConfigurationKey<int> CpuPercent =
        new("resource_limits.cpu_percent", Default.ResourceLimits.CpuPercent, new WholeNumber(1, 102_400), TrustRules.WhenRaised<int>());

    public static readonly ConfigurationKey<int> TimeSeconds =
        new("resource_limits.time_seconds", Default.ResourceLimits.TimeSeconds, new WholeNumber(1, Week), TrustRules.WhenRaised<int>());

    public static readonly ConfigurationKey<int> DiskMb =
        new("resource_limits.disk_mb", Default.ResourceLimits.DiskMb, new WholeNumber(16, 16_777_216), TrustRules.WhenRaised<int>());

    public static readonly ConfigurationKey<int> Processes =
        new("resource_limits.processes", Default.ResourceLimits.Processes, new WholeNumber(8, 65_536), TrustRules.WhenRaised<int>());

    public static readonly ConfigurationKey<InferenceProvider> Provider =
        new("inference.provider", Default.Inference.Provider,
            new OneOf<InferenceProvider>(
                ("auto", InferenceProvider.Auto), ("openai", InferenceProvider.OpenAI), ("scripted", InferenceProvider.Scripted),
                ("anthropic", InferenceProvider.Anthropic), ("editor", InferenceProvider.Editor))
            {
                Unbuilt = NotBuiltYet.Providers,
            },
            TrustRules.Always<InferenceProvider>());

    public static readonly ConfigurationKey<string?> BaseUrl =
        new("inference.base_url", Default.Inference.BaseUrl,
            new OptionalText("an absolute http or https address without user, query or fragment", TextRules.BaseUrl), TrustRules.Always<string?>());

    /// <summary>Relative to the repository's root, to the folder of the user's file, or (in a variable) to the current folder.</summary>
    public static readonly ConfigurationKey<string?> Script =
        new("inference.script", Default.Inference.Script, new OptionalText("a file's path", TextRules.File), TrustRules.Always<string?>());

    public static readonly ConfigurationKey<int> AsyncPoolSize =
        new("inference.async_pool_size", Default.Inference.AsyncPoolSize, new WholeNumber(1, 64), TrustRules.WhenRaised<int>());

    public static readonly ConfigurationKey<int> CacheEvictionInterval =
        new("inference.cache_eviction_interval", Default.Inference.CacheEvictionInterval, new WholeNumber(1, 100_000), TrustRules.Free<int>());

    public static readonly ConfigurationKey<double?> MetalMemoryLimitGb =
        new("inference.metal_memory_limit_gb", Default.Inference.MetalMemoryLimitGb, new Optional<double>(new PositiveNumber(4096), acceptsNull: true),
            TrustRules.Free<double?>());

    /// <summary>In the order of the contract.</summary>
    public static readonly IReadOnlyList<ConfigurationKey> All =
    [
        Model,
        MaxTokens, DelegationThreshold, MinDelegationTokens,
        BasePath, BranchPrefix, MaxConcurrent, PruneAfterHours, Warm, IncludeUncommitted,
        Setup, Validate,
        Strategy, AutoMerge,
        Network,
        MemoryMb, CpuPercent, TimeSeconds, DiskMb, Processes,
        Provider, BaseUrl, Script, AsyncPoolSize, CacheEvictionInterval, MetalMemoryLimitGb,
    ];
}
