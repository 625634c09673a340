using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Configuration.Keys;

/// <summary>
/// The fields of an entry of <c>tools</c>. Each tool has keys of its own (<c>tools[run_command].approval</c>), so that
/// layers override each other field by field and not entry by entry.
/// </summary>
internal sealed class ToolKeys
{
    /// <summary>The contract's tools, in its order.</summary>
    public static readonly string[] Known =
    [
        "read_file", "write_file", "edit_file", "delete_file", "move_file", "list_files", "search_codebase", "run_command",
        "update_plan", "ask_user", "delegate", "fetch_detail", "finish",
    ];

    public static readonly string[] Fields = ["name", "enabled", "timeout_seconds", "approval", "environment"];

    private const int Day = 24 * 3600;

    /// <summary>What a tool has of its own where the configuration's defaults say nothing (the tools' definitions in Core).</summary>
    public const int UsualTimeoutSeconds = 30;

    /// <inheritdoc cref="UsualTimeoutSeconds"/>
    public const ToolApproval UsualApproval = ToolApproval.Never;

    private static readonly AgentSessionSettings Default = new();

    public ToolKeys(string tool)
    {
        Tool = tool;
        Enabled = new($"tools[{tool}].enabled", DefaultOf(tool).Enabled, new Truth(), TrustRules.WhenTurnedOn());
        TimeoutSeconds = new($"tools[{tool}].timeout_seconds", DefaultOf(tool).TimeoutSeconds, new Optional<int>(new WholeNumber(1, Day), acceptsNull: false),
            new TrustRule<int?>("to raise it", (candidate, current, _) => candidate > (current ?? UsualTimeoutSeconds)));
        Approval = new($"tools[{tool}].approval", DefaultOf(tool).Approval,
            new Optional<ToolApproval>(new OneOf<ToolApproval>(
                ("never", ToolApproval.Never), ("sandboxed", ToolApproval.Sandboxed), ("always", ToolApproval.Always)), acceptsNull: false),
            new TrustRule<ToolApproval?>("to loosen it", (candidate, current, _) =>
                (candidate ?? UsualApproval) < (current ?? UsualApproval)));
        Environment = new($"tools[{tool}].environment", DefaultOf(tool).Environment,
            new OneOf<ToolEnvironmentSetting>(
                ("local", ToolEnvironmentSetting.Local), ("remote", ToolEnvironmentSetting.Remote), ("local_only", ToolEnvironmentSetting.LocalOnly))
            {
                Unbuilt = NotBuiltYet.ToolEnvironments,
            },
            new TrustRule<ToolEnvironmentSetting>("to loosen it", (candidate, current, _) =>
                candidate == ToolEnvironmentSetting.Remote || current == ToolEnvironmentSetting.LocalOnly));
    }

    public string Tool { get; }

    public ConfigurationKey<bool> Enabled { get; }

    public ConfigurationKey<int?> TimeoutSeconds { get; }

    public ConfigurationKey<ToolApproval?> Approval { get; }

    public ConfigurationKey<ToolEnvironmentSetting> Environment { get; }

    /// <summary>Whether a tool of this name can be offered to a model at all.</summary>
    public static bool IsBuilt(string tool) => Array.IndexOf(Known, tool) >= 0 && Array.IndexOf(NotBuiltYet.Tools, tool) < 0;

    public ConfigurationKey? Field(string name) => name switch
    {
        "enabled" => Enabled,
        "timeout_seconds" => TimeoutSeconds,
        "approval" => Approval,
        "environment" => Environment,
        _ => null,
    };

    private static ToolConfiguration DefaultOf(string tool)
    {
        foreach (var entry in Default.Tools)
        {
            if (entry.Name == tool)
            {
                return entry;
            }
        }

        return new ToolConfiguration(tool) { Enabled = IsBuilt(tool) };
    }
}
