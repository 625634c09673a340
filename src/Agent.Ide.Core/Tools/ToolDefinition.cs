using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Tools;

/// <summary>What a tool is: its name and version, what the model is told of it, and how the harness treats its calls.</summary>
public sealed class ToolDefinition
{
    private readonly Lazy<JsonElement> _schema;

    internal ToolDefinition(string name, JsonTypeInfo arguments)
    {
        Name = name;
        // Generated when first needed: a coordinator that only lists tasks never pays for it.
        _schema = new Lazy<JsonElement>(() => ToolSchemas.Generate(arguments));
    }

    public string Name { get; }

    /// <summary>Raised when a name or a meaning changes; additions keep it.</summary>
    public int Version { get; init; } = 1;

    /// <summary>What the model reads beside the schema.</summary>
    public required string Description { get; init; }

    /// <summary>Generated from the parameter record; sent as it is and validated against.</summary>
    public JsonElement Schema => _schema.Value;

    /// <summary>Who executes the call.</summary>
    public ToolPlace Place { get; init; } = ToolPlace.Worker;

    /// <summary>Remote tools leave the machine: they ask first.</summary>
    public ToolEnvironment Environment { get; init; } = ToolEnvironment.Local;

    public TimeSpan DefaultTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public ToolApproval DefaultApproval { get; init; } = ToolApproval.Never;

    /// <summary>
    /// Runs code that the harness does not know. Without a sandbox such a call needs a person's answer whatever the
    /// settings say.
    /// </summary>
    public bool NeedsSandbox { get; init; }

    /// <summary>It changes no file: never checkpointed, and after an interruption simply run again.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>
    /// Older and customary names of arguments, each with the one it stands for. An alias counts only where the real
    /// name is absent.
    /// </summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = NoAliases;

    /// <summary>Name and version, as the commit's trailer spells them: <c>edit_file v1</c>.</summary>
    public string Label => $"{Name} v{Version}";

    public override string ToString() => Label;

    private static readonly IReadOnlyDictionary<string, string> NoAliases = new Dictionary<string, string>();
}

/// <summary>Where a call is executed.</summary>
public enum ToolPlace
{
    /// <summary>By the worker: it touches files.</summary>
    Worker,

    /// <summary>As a command in a sandbox of its own.</summary>
    Command,

    /// <summary>By the loop itself: it touches nothing but the task's log.</summary>
    Loop,
}

public enum ToolEnvironment
{
    Local,
    Remote,
}
