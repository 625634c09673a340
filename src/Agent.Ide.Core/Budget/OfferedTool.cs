using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Tools;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Budget;

/// <summary>A tool as the model is offered it: a declaration, nothing that a client library could invoke.</summary>
public sealed class OfferedTool(ToolDefinition definition) : AIFunctionDeclaration
{
    public override string Name => definition.Name;

    public override string Description => definition.Description;

    public override JsonElement JsonSchema => definition.Schema;

    /// <summary>Length of what is sent for it, in bytes of UTF-8.</summary>
    internal int Bytes { get; } =
        definition.Name.Length + Encoding.UTF8.GetByteCount(definition.Description) + Encoding.UTF8.GetByteCount(definition.Schema.GetRawText());
}
