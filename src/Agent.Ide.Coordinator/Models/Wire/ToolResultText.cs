using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models.Wire;

/// <summary>What a tool answered, as text.</summary>
internal static class ToolResultText
{
    public static string Of(FunctionResultContent result) => result.Result switch
    {
        null => string.Empty,
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString()!,
        JsonElement json => json.GetRawText(),
        var other => other.ToString() ?? string.Empty,
    };
}
