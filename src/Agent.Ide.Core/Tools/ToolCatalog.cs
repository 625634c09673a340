using System.Collections.Frozen;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Tools;

/// <summary>The tools one task has, with its settings applied.</summary>
public sealed class ToolCatalog
{
    private readonly FrozenDictionary<string, CatalogTool> _byName;

    /// <param name="settings">What the configuration says about tools; one that names no tool of ours has no effect.</param>
    public ToolCatalog(IReadOnlyList<ToolSettings> settings)
    {
        var tools = new List<CatalogTool>(BuiltInTools.All.Count);
        foreach (var definition in BuiltInTools.All)
        {
            var setting = settings.LastOrDefault(candidate => candidate.Name == definition.Name);
            tools.Add(new CatalogTool(
                definition,
                setting?.Enabled ?? true,
                setting?.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : definition.DefaultTimeout,
                setting?.Approval ?? definition.DefaultApproval));
        }

        _byName = tools.ToFrozenDictionary(tool => tool.Definition.Name, StringComparer.Ordinal);
        Offered = [.. tools.Where(tool => tool.Enabled).Select(tool => tool.Definition)];
    }

    /// <summary>What the model is offered, in the contract's order.</summary>
    public IReadOnlyList<ToolDefinition> Offered { get; }

    /// <summary>Null when there is no such tool, or when the configuration switched it off.</summary>
    public CatalogTool? Find(string name) => _byName.TryGetValue(name, out var tool) && tool.Enabled ? tool : null;

    /// <summary>Names of all tools this version knows, switched off or not; what a configuration may mention.</summary>
    public static IReadOnlyList<string> KnownNames { get; } = [.. BuiltInTools.All.Select(tool => tool.Name)];
}

/// <summary>A tool as one task has it.</summary>
/// <param name="Timeout">The longest a call may take.</param>
public sealed record CatalogTool(ToolDefinition Definition, bool Enabled, TimeSpan Timeout, ToolApproval Approval);
