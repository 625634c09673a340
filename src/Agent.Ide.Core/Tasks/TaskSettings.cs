namespace Agent.Ide.Core.Tasks;

/// <summary>The part of the configuration that a task carries with it. Defaults are the contract's.</summary>
public sealed record TaskSettings
{
    /// <summary>The host's network, as the host has it.</summary>
    public const string FullNetwork = "full";

    /// <summary>Hard limit of prompt plus reserved output, in tokens; null: the model's window, 8,192 where unknown.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Share of the limit (0 to 1) above which the harness makes room.</summary>
    public double CompactionThreshold { get; init; } = 0.75;

    public int MaxSteps { get; init; } = 200;

    /// <summary>Wall-clock bound of the running time, waiting for a person not counted.</summary>
    public int TimeSeconds { get; init; } = 3600;

    /// <summary>Memory, processor, processes and disk; logs written before these existed have the defaults.</summary>
    // Generated readers set every init-only property, also one that is absent: to null here, whatever its initialiser says.
    public TaskLimits Limits { get => field ?? new TaskLimits(); init; } = new();

    /// <summary>Commands run in a fresh worktree before the agent starts.</summary>
    public IReadOnlyList<string> Setup { get => field ?? []; init; } = [];

    /// <summary><c>squash</c> or <c>merge</c>.</summary>
    public string MergeStrategy { get; init; } = "squash";

    /// <summary>Provider name as chosen for this task: <c>openai</c>, <c>local</c> (found on this machine) or <c>scripted</c>.</summary>
    public string Provider { get; init; } = "auto";

    public string? BaseUrl { get; init; }

    /// <summary>Requests to model servers under way at once, of all tasks with the same key.</summary>
    public int RequestPlaces { get; init; } = 4;

    /// <summary>Path of the script of the <c>scripted</c> provider; null: the embedded one of the demo.</summary>
    public string? Script { get; init; }

    /// <summary>What the task's commands may reach once a person allowed it: <c>none</c> or <see cref="FullNetwork"/>.</summary>
    public string Network { get => field ?? "none"; init; } = "none";

    /// <summary>Settings of the tools that the configuration names; the others have their defaults.</summary>
    public IReadOnlyList<ToolSettings> Tools { get; init; } = [];
}

/// <param name="Name">Tool name.</param>
/// <param name="Enabled">False: not offered to the model.</param>
/// <param name="TimeoutSeconds">Null: the tool's default.</param>
/// <param name="Approval">Null: the tool's default.</param>
public sealed record ToolSettings(string Name, bool Enabled = true, int? TimeoutSeconds = null, ToolApproval? Approval = null);

/// <summary>When a call needs a person's answer first.</summary>
public enum ToolApproval
{
    /// <summary>Never asks.</summary>
    Never,

    /// <summary>Asks only where it would run without a sandbox.</summary>
    Sandboxed,

    /// <summary>Asks before each call.</summary>
    Always,
}
