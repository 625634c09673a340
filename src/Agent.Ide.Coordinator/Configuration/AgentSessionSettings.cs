using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>
/// The effective configuration of one checkout: every key of <c>agent_session</c>, with the defaults of the contract.
/// Values whose feature is not built yet are always at their default here; the loader refuses anything else by name.
/// </summary>
public sealed record AgentSessionSettings
{
    /// <summary>A name the provider knows; null: what it offers first.</summary>
    public string? Model { get; init; }

    public ContextBudgetSettings ContextBudget { get; init; } = new();

    public WorktreeSettings Worktree { get; init; } = new();

    /// <summary>Commands run in a fresh worktree.</summary>
    public IReadOnlyList<string> Setup { get; init; } = [];

    /// <summary>Gates, run on the merged result.</summary>
    public IReadOnlyList<string> Validate { get; init; } = [];

    public MergeSettings Merge { get; init; } = new();

    public NetworkAccess Network { get; init; }

    public ResourceLimitSettings ResourceLimits { get; init; } = new();

    /// <summary>The tools that the defaults or a layer of the configuration say something about, in the order of the contract.</summary>
    public IReadOnlyList<ToolConfiguration> Tools { get; init; } =
    [
        new("search_codebase") { TimeoutSeconds = 10 },
        new("run_command") { TimeoutSeconds = 120, Approval = ToolApproval.Sandboxed },
    ];

    public InferenceSettings Inference { get; init; } = new();
}

public sealed record ContextBudgetSettings
{
    /// <summary>Tokens of prompt plus reserved output; null is <c>auto</c>: the model's window, 8,192 where unknown.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Share of the limit (above 0, at most 1) above which the harness makes room.</summary>
    public double DelegationThreshold { get; init; } = 0.75;

    /// <summary>Expected output, in tokens, below which work is not delegated.</summary>
    public int MinDelegationTokens { get; init; } = 500;
}

public sealed record WorktreeSettings
{
    /// <summary>Folder of the worktrees, relative to the repository's root, with <c>/</c>.</summary>
    public string BasePath { get; init; } = ".worktrees";

    /// <summary>What stands before <c>/&lt;id&gt;</c> in the name of a task's branch.</summary>
    public string BranchPrefix { get; init; } = "agent";

    /// <summary>Tasks that run at once; the others wait in the queue.</summary>
    public int MaxConcurrent { get; init; } = 3;

    public int PruneAfterHours { get; init; } = 24;

    /// <summary>Worktrees kept ready before they are asked for.</summary>
    public int Warm { get; init; } = 1;

    /// <summary>Whether a task starts with the user's uncommitted work.</summary>
    public bool IncludeUncommitted { get; init; }
}

public sealed record MergeSettings
{
    public MergeStrategy Strategy { get; init; }

    public bool AutoMerge { get; init; }
}

public enum MergeStrategy
{
    /// <summary>One commit of the user's.</summary>
    Squash,

    /// <summary>A merge commit of the user's.</summary>
    Merge,

    /// <summary>Every step on top of the target. Not built yet.</summary>
    Rebase,
}

public enum NetworkAccess
{
    /// <summary>A loopback interface of its own and nothing else.</summary>
    None,

    /// <summary>The host's, once a person allowed it to the task.</summary>
    Full,
}

public sealed record ResourceLimitSettings
{
    public int MemoryMb { get; init; } = 4096;

    /// <summary>100 is one core.</summary>
    public int CpuPercent { get; init; } = 200;

    /// <summary>Wall-clock bound of a task's running time, waiting for a person not counted.</summary>
    public int TimeSeconds { get; init; } = 3600;

    public int DiskMb { get; init; } = 5120;

    public int Processes { get; init; } = 256;
}

/// <param name="Name">A tool of the contract, or the name of one that does not exist here (then disabled).</param>
public sealed record ToolConfiguration(string Name)
{
    /// <summary>False: not offered to the model.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Null: the tool's own default.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>Null: the tool's own default.</summary>
    public ToolApproval? Approval { get; init; }

    public ToolEnvironmentSetting Environment { get; init; }
}

public enum ToolEnvironmentSetting
{
    Local,

    /// <summary>Not built yet.</summary>
    Remote,

    /// <summary>Never remote. As no tool is remote yet, the same as <see cref="Local"/>.</summary>
    LocalOnly,
}

public sealed record InferenceSettings
{
    public InferenceProvider Provider { get; init; }

    /// <summary>Root of an OpenAI-compatible server (absolute, http or https); null: looked for.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>Absolute path of the <see cref="InferenceProvider.Scripted"/> provider's script; null: the demo's.</summary>
    public string? Script { get; init; }

    /// <summary>Requests to the model server at once.</summary>
    public int AsyncPoolSize { get; init; } = 4;

    /// <summary>Requests between two evictions of a local model's cache.</summary>
    public int CacheEvictionInterval { get; init; } = 5;

    /// <summary>Gigabytes; null: unlimited.</summary>
    public double? MetalMemoryLimitGb { get; init; }
}

public enum InferenceProvider
{
    /// <summary>The first that answers; see the contract, "Configuration".</summary>
    Auto,

    /// <summary>Any OpenAI-compatible server.</summary>
    OpenAI,

    /// <summary>The embedded model that follows a script.</summary>
    Scripted,

    /// <summary>Not built yet.</summary>
    Anthropic,

    /// <summary>The models an editor offers. Not built yet.</summary>
    Editor,
}
