using System.Globalization;
using System.Text.Json;
using Agent.Ide.Core.Scripting;

namespace Agent.Ide.Testing.Models;

/// <summary>What the scripted server has to know of a chat request: the wire is all it sees of a conversation.</summary>
internal sealed record ChatRequestView
{
    public string Model { get; private init; } = "scripted";

    public bool Stream { get; private init; }

    public bool HasStreamOptions { get; private init; }

    public bool IncludeUsage { get; private init; }

    /// <summary>Texts in which a marker is looked for: those of the system last.</summary>
    public IReadOnlyList<string> Texts { get; private init; } = [];

    /// <summary>
    /// Number of answers in the conversation. The ids of scripted calls tell it even where older turns are gone; where a
    /// client replaced them, assistant messages are counted.
    /// </summary>
    public int Answers { get; private init; }

    /// <summary>Characters of all messages and tools.</summary>
    public int PromptCharacters { get; private init; }

    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A member has a wrong type.</exception>
    public static ChatRequestView Parse(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        var texts = new List<string>();
        var system = new List<string>();
        var answers = new List<string?>();
        var characters = root.TryGetProperty("tools", out var tools) ? tools.GetRawText().Length : 0;
        foreach (var message in root.GetProperty("messages").EnumerateArray())
        {
            characters += message.GetRawText().Length;
            var role = message.GetProperty("role").GetString();
            AddTexts(message, role is "system" or "developer" ? system : texts);
            if (role == "assistant")
            {
                answers.Add(FirstCallId(message));
            }
        }

        texts.AddRange(system);
        var options = root.TryGetProperty("stream_options", out var value) && value.ValueKind == JsonValueKind.Object;
        return new ChatRequestView
        {
            Model = root.TryGetProperty("model", out var model) ? model.GetString() ?? "scripted" : "scripted",
            Stream = root.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True,
            HasStreamOptions = options,
            IncludeUsage = options && value.TryGetProperty("include_usage", out var usage) && usage.ValueKind == JsonValueKind.True,
            Texts = texts,
            Answers = ScriptedCallId.CountAnswers(answers),
            PromptCharacters = characters,
        };
    }

    /// <summary>Names the conversation: the marker alone would mix tasks that follow the same one.</summary>
    public string ConversationKey(string? marker) =>
        string.Create(CultureInfo.InvariantCulture, $"{marker}\n{(Texts.Count > 0 ? Texts[0] : null)}");

    private static string? FirstCallId(JsonElement message) =>
        message.TryGetProperty("tool_calls", out var calls)
        && calls.ValueKind == JsonValueKind.Array
        && calls.GetArrayLength() > 0
        && calls[0].TryGetProperty("id", out var id)
            ? id.GetString()
            : null;

    private static void AddTexts(JsonElement message, List<string> texts)
    {
        if (!message.TryGetProperty("content", out var content))
        {
            return;
        }

        if (content.ValueKind == JsonValueKind.String)
        {
            texts.Add(content.GetString()!);
        }
        else if (content.ValueKind == JsonValueKind.Array)
        {
            foreach (var part in content.EnumerateArray())
            {
                if (part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
                {
                    texts.Add(text.GetString()!);
                }
            }
        }
    }
}
