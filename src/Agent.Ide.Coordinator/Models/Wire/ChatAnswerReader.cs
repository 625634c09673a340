using System.Text.Json;

namespace Agent.Ide.Coordinator.Models.Wire;

/// <summary>
/// Reads completion objects, whole ones and chunks, into a builder. What is not understood is skipped: servers add members of
/// their own, and leave out or null almost any of the standard ones.
/// </summary>
internal static class ChatAnswerReader
{
    /// <param name="json">One JSON object.</param>
    /// <param name="endpoint">For taking secrets out of an error.</param>
    /// <param name="builder">Gets what is in it.</param>
    /// <returns>The error object that the server sent instead; null: none.</returns>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static ServerError? Read(ReadOnlyMemory<byte> json, ModelEndpoint endpoint, ChatAnswerBuilder builder)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("it is no JSON object");
        }

        if (root.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.Object or JsonValueKind.String)
        {
            return ServerError.FromJson(root, endpoint);
        }

        builder.Model = Json.Text(root, "model") ?? builder.Model;
        builder.Id = Json.Text(root, "id") ?? builder.Id;
        ReadUsage(root, builder);
        if (root.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0)
        {
            ReadChoice(choices[0], builder);
        }

        return null;
    }

    private static void ReadChoice(JsonElement choice, ChatAnswerBuilder builder)
    {
        if (choice.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (choice.TryGetProperty("delta", out var delta) && delta.ValueKind == JsonValueKind.Object)
        {
            ReadMessage(delta, isPiece: true, builder);
        }
        else if (choice.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object)
        {
            ReadMessage(message, isPiece: false, builder);
        }

        builder.FinishReason = Json.Text(choice, "finish_reason") ?? builder.FinishReason;
    }

    private static void ReadMessage(JsonElement message, bool isPiece, ChatAnswerBuilder builder)
    {
        ReadContent(message, builder);
        if (message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array)
        {
            foreach (var call in calls.EnumerateArray())
            {
                ReadCall(call, isPiece, builder);
            }
        }
    }

    private static void ReadContent(JsonElement message, ChatAnswerBuilder builder)
    {
        if (!message.TryGetProperty("content", out var content))
        {
            return;
        }

        if (content.ValueKind == JsonValueKind.String)
        {
            builder.AppendText(content.GetString()!);
        }
        else if (content.ValueKind == JsonValueKind.Array)
        {
            foreach (var part in content.EnumerateArray())
            {
                if (part.ValueKind == JsonValueKind.Object && Json.Text(part, "text") is { } text)
                {
                    builder.AppendText(text);
                }
            }
        }
    }

    private static void ReadCall(JsonElement call, bool isPiece, ChatAnswerBuilder builder)
    {
        if (call.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        string? name = null;
        var arguments = string.Empty;
        if (call.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object)
        {
            name = Json.Text(function, "name");
            if (function.TryGetProperty("arguments", out var value))
            {
                // A string by the protocol; an object where a server passes on what its template parsed.
                arguments = value.ValueKind switch
                {
                    JsonValueKind.String => value.GetString()!,
                    JsonValueKind.Null => string.Empty,
                    _ => value.GetRawText(),
                };
            }
        }

        if (isPiece)
        {
            builder.AppendCall(Json.Number(call, "index"), Json.Text(call, "id"), name, arguments);
        }
        else
        {
            builder.AddCall(Json.Text(call, "id"), name, arguments);
        }
    }

    private static void ReadUsage(JsonElement root, ChatAnswerBuilder builder)
    {
        if (!root.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        builder.PromptTokens = Json.Number(usage, "prompt_tokens") ?? builder.PromptTokens;
        builder.CompletionTokens = Json.Number(usage, "completion_tokens") ?? builder.CompletionTokens;
        if (usage.TryGetProperty("prompt_tokens_details", out var details) && details.ValueKind == JsonValueKind.Object)
        {
            builder.CachedTokens = Json.Number(details, "cached_tokens") ?? builder.CachedTokens;
        }
    }
}
