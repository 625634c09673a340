using System.Text.Json;
using Agent.Ide.Coordinator.Models.Wire;
using Agent.Ide.Protocol.Models;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models.Editors;

/// <summary>A conversation as <c>agent/model/chat</c> carries it.</summary>
internal static class EditorTurn
{
    public static ModelChatParams ToRequest(string model, IReadOnlyCollection<ChatMessage> conversation, ChatOptions? options) => new()
    {
        Model = model,
        Messages = [.. conversation.SelectMany(ToMessages)],
        Tools =
        [
            .. (options?.Tools ?? []).OfType<AIFunctionDeclaration>().Select(tool => new ModelTool(tool.Name, tool.Description, tool.JsonSchema)),
        ],
    };

    private static IEnumerable<ModelMessage> ToMessages(ChatMessage message)
    {
        var results = message.Contents.OfType<FunctionResultContent>().ToList();
        if (results.Count > 0)
        {
            return results.Select(result => new ModelMessage("tool", ToolResultText.Of(result), CallId: result.CallId));
        }

        ModelCall[] calls = [.. message.Contents.OfType<FunctionCallContent>().Select(call => new ModelCall(call.CallId, call.Name, Arguments(call)))];
        return [new ModelMessage(message.Role.Value, message.Text, calls.Length > 0 ? calls : null)];
    }

    private static JsonElement Arguments(FunctionCallContent call)
    {
        using var document = JsonDocument.Parse(RawArguments.ForServer(call));
        return document.RootElement.Clone();
    }
}
