using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Agent.Ide.Core.Loop;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models.Wire;

/// <summary>
/// Writes the body of a chat completion request: only what every server understands, and no byte more, because the conversation
/// is sent again with each step.
/// </summary>
internal static class ChatRequestWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        // The body is not HTML: other escapes would only make it longer.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public static ReadOnlyMemory<byte> Write(IEnumerable<ChatMessage> messages, ChatOptions? options, string model, ServerDialect dialect)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        writer.WriteString("model", model);
        writer.WriteStartArray("messages");
        foreach (var message in messages)
        {
            WriteMessage(writer, message);
        }

        writer.WriteEndArray();
        WriteTools(writer, options?.Tools);
        if (options?.MaxOutputTokens is { } limit)
        {
            writer.WriteNumber(dialect.UsesMaxCompletionTokens ? "max_completion_tokens" : "max_tokens", limit);
        }

        if (options?.Temperature is { } temperature)
        {
            writer.WriteNumber("temperature", temperature);
        }

        if (dialect.Streams)
        {
            writer.WriteBoolean("stream", true);
            if (dialect.KnowsStreamOptions)
            {
                writer.WriteStartObject("stream_options");
                writer.WriteBoolean("include_usage", true);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteMessage(Utf8JsonWriter writer, ChatMessage message)
    {
        var hasResults = false;
        var hasCalls = false;
        foreach (var content in message.Contents)
        {
            if (content is FunctionResultContent result)
            {
                hasResults = true;
                WriteResult(writer, result);
            }

            hasCalls |= content is FunctionCallContent;
        }

        if (hasResults)
        {
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("role", message.Role.Value);

        // Never null: the chat templates of some local servers fail on it.
        writer.WriteString("content", message.Text);
        if (hasCalls)
        {
            writer.WriteStartArray("tool_calls");
            foreach (var content in message.Contents)
            {
                if (content is FunctionCallContent call)
                {
                    WriteCall(writer, call);
                }
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter writer, FunctionResultContent result)
    {
        writer.WriteStartObject();
        writer.WriteString("role", "tool");
        writer.WriteString("tool_call_id", result.CallId);
        writer.WriteString("content", ToolResultText.Of(result));
        writer.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter writer, FunctionCallContent call)
    {
        writer.WriteStartObject();
        writer.WriteString("id", call.CallId);
        writer.WriteString("type", "function");
        writer.WriteStartObject("function");
        writer.WriteString("name", call.Name);
        writer.WriteString("arguments", RawArguments.ForServer(call));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter writer, IList<AITool>? tools)
    {
        if (tools is null || tools.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("tools");
        foreach (var tool in tools)
        {
            if (tool is AIFunctionDeclaration function)
            {
                writer.WriteStartObject();
                writer.WriteString("type", "function");
                writer.WriteStartObject("function");
                writer.WriteString("name", function.Name);
                writer.WriteString("description", function.Description);
                writer.WritePropertyName("parameters");
                function.JsonSchema.WriteTo(writer);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
    }
}
