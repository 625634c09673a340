using Agent.Ide.Coordinator.Configuration.Keys;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>From layered keys to the record that everything else reads.</summary>
internal static class SettingsAssembly
{
    /// <param name="folderOf">What a relative path in a setting is relative to.</param>
    public static AgentSessionSettings Assemble(LayeredSettings settings, Func<Setting, string> folderOf) => new()
    {
        Model = settings.Get(ConfigurationKeys.Model),
        ContextBudget = new ContextBudgetSettings
        {
            MaxTokens = settings.Get(ConfigurationKeys.MaxTokens),
            DelegationThreshold = settings.Get(ConfigurationKeys.DelegationThreshold),
            MinDelegationTokens = settings.Get(ConfigurationKeys.MinDelegationTokens),
        },
        Worktree = new WorktreeSettings
        {
            BasePath = settings.Get(ConfigurationKeys.BasePath),
            BranchPrefix = settings.Get(ConfigurationKeys.BranchPrefix),
            MaxConcurrent = settings.Get(ConfigurationKeys.MaxConcurrent),
            PruneAfterHours = settings.Get(ConfigurationKeys.PruneAfterHours),
            Warm = settings.Get(ConfigurationKeys.Warm),
            IncludeUncommitted = settings.Get(ConfigurationKeys.IncludeUncommitted),
        },
        Setup = settings.Get(ConfigurationKeys.Setup),
        Validate = settings.Get(ConfigurationKeys.Validate),
        Merge = new MergeSettings
        {
            Strategy = settings.Get(ConfigurationKeys.Strategy),
            AutoMerge = settings.Get(ConfigurationKeys.AutoMerge),
        },
        Network = settings.Get(ConfigurationKeys.Network),
        ResourceLimits = new ResourceLimitSettings
        {
            MemoryMb = settings.Get(ConfigurationKeys.MemoryMb),
            CpuPercent = settings.Get(ConfigurationKeys.CpuPercent),
            TimeSeconds = settings.Get(ConfigurationKeys.TimeSeconds),
            DiskMb = settings.Get(ConfigurationKeys.DiskMb),
            Processes = settings.Get(ConfigurationKeys.Processes),
        },
        Tools = Tools(settings),
        Inference = new InferenceSettings
        {
            Provider = settings.Get(ConfigurationKeys.Provider),
            BaseUrl = settings.Get(ConfigurationKeys.BaseUrl),
            Script = settings.Get(ConfigurationKeys.Script) is { } script
                ? Path.GetFullPath(script, folderOf(settings.Find(ConfigurationKeys.Script)!))
                : null,
            AsyncPoolSize = settings.Get(ConfigurationKeys.AsyncPoolSize),
            CacheEvictionInterval = settings.Get(ConfigurationKeys.CacheEvictionInterval),
            MetalMemoryLimitGb = settings.Get(ConfigurationKeys.MetalMemoryLimitGb),
        },
    };

    private static List<ToolConfiguration> Tools(LayeredSettings settings)
    {
        var tools = new List<ToolConfiguration>();
        foreach (var name in ToolKeys.Known)
        {
            var keys = new ToolKeys(name);
            var tool = new ToolConfiguration(name)
            {
                Enabled = settings.Get(keys.Enabled),
                TimeoutSeconds = settings.Get(keys.TimeoutSeconds),
                Approval = settings.Get(keys.Approval),
                Environment = settings.Get(keys.Environment),
            };
            if (ToolKeys.IsBuilt(name) && tool != new ToolConfiguration(name))
            {
                tools.Add(tool);
            }
        }

        foreach (var name in settings.OtherTools)
        {
            tools.Add(new ToolConfiguration(name) { Enabled = false });
        }

        return tools;
    }
}
