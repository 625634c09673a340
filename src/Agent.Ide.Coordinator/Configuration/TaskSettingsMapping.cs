using Agent.Ide.Coordinator.Configuration.Keys;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>The part of a configuration that a task carries with it, as it was when the task was made.</summary>
public static class TaskSettingsMapping
{
    public static TaskSettings ToTaskSettings(this AgentSessionSettings settings) => new()
    {
        MaxTokens = settings.ContextBudget.MaxTokens,
        CompactionThreshold = settings.ContextBudget.DelegationThreshold,
        TimeSeconds = settings.ResourceLimits.TimeSeconds,
        Limits = new TaskLimits
        {
            MemoryMb = settings.ResourceLimits.MemoryMb,
            CpuPercent = settings.ResourceLimits.CpuPercent,
            Processes = settings.ResourceLimits.Processes,
            DiskMb = settings.ResourceLimits.DiskMb,
        },
        Setup = settings.Setup,
        MergeStrategy = ConfigurationKeys.Strategy.Format(settings.Merge.Strategy),
        Provider = ConfigurationKeys.Provider.Format(settings.Inference.Provider),
        BaseUrl = settings.Inference.BaseUrl,
        Script = settings.Inference.Script,
        RequestPlaces = settings.Inference.AsyncPoolSize,
        Network = ConfigurationKeys.Network.Format(settings.Network),
        Tools = [.. settings.Tools.Select(tool => new ToolSettings(tool.Name, tool.Enabled, tool.TimeoutSeconds, tool.Approval))],
    };
}
