using System.Text.Json;

namespace Agent.Ide.Protocol.Models;

/// <summary><c>agent/model/list</c>, to the client: what the editor's own models are. Asked before a task is made.</summary>
/// <param name="Models">In the editor's order of preference.</param>
public sealed record EditorModelsResult(IReadOnlyList<EditorModel> Models);

/// <param name="Id">What <c>model</c> is set to, unique in the editor.</param>
/// <param name="Name">For people.</param>
/// <param name="MaxInputTokens">Tokens of a prompt; null where the editor does not tell.</param>
public sealed record EditorModel(string Id, string Name, int? MaxInputTokens = null);

/// <summary><c>agent/model/chat</c>, to the client: one turn of a conversation by one of the editor's models.</summary>
public sealed record ModelChatParams
{
    public required string Model { get; init; }

    public required IReadOnlyList<ModelMessage> Messages { get; init; }

    public IReadOnlyList<ModelTool> Tools { get; init; } = [];

    /// <summary>What the pieces of the answer are sent under, as <c>$/progress</c> with a <see cref="ModelAnswerPart"/>.</summary>
    public string? PartialResultToken { get; init; }
}

/// <param name="Role">system, user, assistant or tool.</param>
/// <param name="Text">May be empty beside calls.</param>
/// <param name="Calls">What an assistant called.</param>
/// <param name="CallId">Which call a tool answers.</param>
public sealed record ModelMessage(string Role, string Text, IReadOnlyList<ModelCall>? Calls = null, string? CallId = null);

/// <param name="Arguments">A JSON object.</param>
public sealed record ModelCall(string Id, string Name, JsonElement Arguments);

/// <param name="Parameters">JSON schema of the arguments.</param>
public sealed record ModelTool(string Name, string Description, JsonElement Parameters);

/// <summary>A piece of an answer under way: a sign of life. The result alone is acted on.</summary>
public sealed record ModelAnswerPart(string Text);

/// <summary>Pieces of an answer, as LSP sends partial results.</summary>
public sealed record ModelProgressParams(JsonElement Token, ModelAnswerPart? Value = null);

/// <param name="Text">All of it, whatever was sent in pieces.</param>
/// <param name="InputTokens">Null where the editor does not count: then they are estimated.</param>
public sealed record ModelChatResult(string Text, IReadOnlyList<ModelCall> Calls, int? InputTokens = null, int? OutputTokens = null);
