using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Tests.Budget;

/// <summary>A request as JSON in OpenAI's wire format, for measuring what is sent.</summary>
internal static class WireSize
{
    public static int Of(IReadOnlyList<ChatMessage> messages, ChatOptions options) => Write(messages, options).Length;

    public static string Write(IReadOnlyList<ChatMessage> messages, ChatOptions options)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("model", options.ModelId ?? "some-model");
            json.WriteNumber("max_tokens", options.MaxOutputTokens!.Value);
            json.WriteStartArray("messages");
            foreach (var message in messages)
            {
                Write(json, message);
            }

            json.WriteEndArray();
            json.WriteStartArray("tools");
            foreach (var tool in options.Tools!.Cast<AIFunctionDeclaration>())
            {
                json.WriteStartObject();
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", tool.Name);
                json.WriteString("description", tool.Description);
                json.WritePropertyName("parameters");
                tool.JsonSchema.WriteTo(json);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter json, ChatMessage message)
    {
        json.WriteStartObject();
        json.WriteString("role", message.Role.Value);
        if (message.Text.Length > 0)
        {
            json.WriteString("content", message.Text);
        }

        foreach (var result in message.Contents.OfType<FunctionResultContent>())
        {
            json.WriteString("tool_call_id", result.CallId);
            json.WriteString("content", (string)result.Result!);
        }

        var calls = message.Contents.OfType<FunctionCallContent>().ToList();
        if (calls.Count > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (var call in calls)
            {
                json.WriteStartObject();
                json.WriteString("id", call.CallId);
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", call.Name);
                json.WriteString("arguments", Arguments(call));
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string Arguments(FunctionCallContent call)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var (name, value) in call.Arguments!)
            {
                json.WritePropertyName(name);
                ((JsonElement)value!).WriteTo(json);
            }

            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
