using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Ide.Core.Loop;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models.Wire;

/// <summary>The arguments of a call, between the text on the wire and the dictionary of the abstraction.</summary>
internal static class RawArguments
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="text">As the model wrote it; empty stands for no arguments.</param>
    public static FunctionCallContent ToCall(string id, string name, string text)
    {
        var raw = string.IsNullOrWhiteSpace(text) ? "{}" : text;
        return new FunctionCallContent(id, name, TryParse(raw))
        {
            AdditionalProperties = new AdditionalPropertiesDictionary { [AgentChat.RawArgumentsKey] = raw },
        };
    }

    /// <summary>
    /// The text to send back with the conversation: what the model wrote. Where that is no JSON object it travels inside one, because
    /// servers parse the arguments of earlier calls and fail the whole request over them.
    /// </summary>
    public static string ForServer(FunctionCallContent call)
    {
        if (call.AdditionalProperties?.TryGetValue(AgentChat.RawArgumentsKey, out var value) != true || value is not string raw)
        {
            return Write(writer => WriteDictionary(writer, call.Arguments));
        }

        return IsObject(raw)
            ? raw
            : Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("unparsed", Encoding.UTF8.GetBytes(raw));
                writer.WriteEndObject();
            });
    }

    /// <summary>Whether a text is one complete JSON object.</summary>
    public static bool IsObject(string text)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static Dictionary<string, object?>? TryParse(string raw)
    {
        try
        {
            using var document = JsonDocument.Parse(raw);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                arguments[property.Name] = property.Value.Clone();
            }

            return arguments;
        }
        catch (JsonException)
        {
            // What the model wrote is kept as text; the loop tells it what is wrong.
            return null;
        }
    }

    private static void WriteDictionary(Utf8JsonWriter writer, IDictionary<string, object?>? arguments)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in arguments ?? new Dictionary<string, object?>())
        {
            writer.WritePropertyName(name);
            switch (value)
            {
                case null:
                    writer.WriteNullValue();
                    break;
                case JsonElement json:
                    json.WriteTo(writer);
                    break;
                case JsonNode node:
                    node.WriteTo(writer);
                    break;
                case bool flag:
                    writer.WriteBooleanValue(flag);
                    break;
                case int number:
                    writer.WriteNumberValue(number);
                    break;
                case long number:
                    writer.WriteNumberValue(number);
                    break;
                case double number:
                    writer.WriteNumberValue(number);
                    break;
                default:
                    writer.WriteStringValue(value.ToString());
                    break;
            }
        }

        writer.WriteEndObject();
    }

    private static string Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            content(writer);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
