using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Agent.Ide.Core.Tools;

/// <summary>Arguments that fit the schema (<see cref="Json"/>), or what is wrong with them (<see cref="Error"/>).</summary>
/// <param name="Json">
/// Canonical JSON text: real names in the schema's order, no nulls, numbers as numbers. Equal calls have equal texts.
/// </param>
/// <param name="Error">For the model: which property, what was expected, what came.</param>
public readonly record struct ValidatedArguments(string? Json, string? Error)
{
    public bool IsValid => Error is null;
}

/// <summary>
/// Checks raw arguments against a tool's schema before anything runs. It knows exactly the subset that our generator
/// emits. What cannot be misunderstood is put right instead of refused: an older argument name, a number or a boolean
/// sent as a string, a null for something optional, a status by its customary name.
/// </summary>
public static class ToolArgumentsValidator
{
    private const int MaxDepth = 16;
    private const int ShownCharacters = 60;
    private const int ShownErrors = 5;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = MaxDepth };

    // What goes back to a model is read by a model: escaping every quote and umlaut would only cost tokens.
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ValidatedArguments Validate(ToolDefinition tool, string rawArguments)
    {
        // Several servers send nothing at all where a tool has no (required) argument.
        var text = string.IsNullOrWhiteSpace(rawArguments) ? "{}" : rawArguments;
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text, Reading);
        }
        catch (JsonException e)
        {
            return new(null, $"{tool.Name}: the arguments are not valid JSON (line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}). Send one JSON object.");
        }

        using (document)
        {
            try
            {
                return Validate(tool, document.RootElement, text.Length);
            }
            catch (InvalidOperationException)
            {
                // The one thing that parses and still is no text: half of a surrogate pair, escaped.
                return new(null, $"{tool.Name}: a string holds an incomplete \\u escape. Send characters as they are.");
            }
        }
    }

    private static ValidatedArguments Validate(ToolDefinition tool, JsonElement arguments, int length)
    {
        // Some models encode the object once more, as a string.
        if (arguments.ValueKind == JsonValueKind.String && arguments.GetString() is { } inner && inner.AsSpan().TrimStart().StartsWith("{"))
        {
            return Validate(tool, inner);
        }

        var errors = new List<string>();
        var buffer = new ArrayBufferWriter<byte>(length + 16);
        using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            new Walk(tool, errors, writer).Value(tool.Schema, arguments, string.Empty);
        }

        return errors.Count == 0
            ? new(Encoding.UTF8.GetString(buffer.WrittenSpan), null)
            : new(null, $"{tool.Name}: {string.Join("; ", errors.Take(ShownErrors))}. {Signature(tool)}");
    }

    /// <summary>The tool's arguments on one line, for an error: <c>Arguments: path: string, start_line?: integer.</c></summary>
    public static string Signature(ToolDefinition tool)
    {
        var required = Required(tool.Schema);
        var parts = new List<string>();
        foreach (var property in tool.Schema.GetProperty("properties").EnumerateObject())
        {
            parts.Add($"{property.Name}{(required.Contains(property.Name) ? string.Empty : "?")}: {Expected(property.Value)}");
        }

        return $"Arguments: {string.Join(", ", parts)}.";
    }

    private static HashSet<string> Required(JsonElement schema) => schema.TryGetProperty("required", out var names)
        ? [.. names.EnumerateArray().Select(name => name.GetString()!)]
        : [];

    private static string Expected(JsonElement schema)
    {
        if (schema.TryGetProperty("enum", out var values))
        {
            return string.Join('|', values.EnumerateArray().Select(value => value.GetString()));
        }

        var type = schema.GetProperty("type").GetString()!;
        if (type == "array")
        {
            return $"array of {Expected(schema.GetProperty("items"))}";
        }

        if (type == "object")
        {
            return $"{{{string.Join(", ", schema.GetProperty("properties").EnumerateObject().Select(p => $"{p.Name}: {Expected(p.Value)}"))}}}";
        }

        return (schema.TryGetProperty("minimum", out var minimum), schema.TryGetProperty("maximum", out var maximum)) switch
        {
            (true, true) => $"{type} {minimum.GetInt32()}..{maximum.GetInt32()}",
            (true, false) => $"{type} from {minimum.GetInt32()}",
            _ => type,
        };
    }

    private static string Came(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => Shorten(value.GetRawText()),
    };

    private static string Shorten(string text) => text.Length <= ShownCharacters ? text : string.Concat(text.AsSpan(0, ShownCharacters), "…");

    /// <summary>One pass over schema and value that writes the canonical form and collects what is wrong.</summary>
    private sealed class Walk(ToolDefinition tool, List<string> errors, Utf8JsonWriter writer)
    {
        public void Value(JsonElement schema, JsonElement value, string at)
        {
            switch (schema.GetProperty("type").GetString())
            {
                case "object" when value.ValueKind == JsonValueKind.Object:
                    Object(schema, value, at);
                    return;
                case "array" when value.ValueKind == JsonValueKind.Array:
                    Array(schema, value, at);
                    return;
                case "string" when value.ValueKind == JsonValueKind.String:
                    String(schema, value, at);
                    return;
                case "integer" when Integer(value) is { } number:
                    Number(schema, number, value, at);
                    return;
                case "boolean" when Boolean(value) is { } truth:
                    writer.WriteBooleanValue(truth);
                    return;
                default:
                    Wrong(schema, value, at);
                    return;
            }
        }

        private static long? Integer(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt64(out var number) => number,
            JsonValueKind.Number when value.TryGetDouble(out var real) && real == Math.Floor(real) && Math.Abs(real) < 1e15 => (long)real,
            JsonValueKind.String when long.TryParse(value.GetString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };

        private static bool? Boolean(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String when bool.TryParse(value.GetString(), out var truth) => truth,
            _ => null,
        };

        private void Object(JsonElement schema, JsonElement value, string at)
        {
            var properties = schema.GetProperty("properties");
            var found = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            var aliased = new List<JsonProperty>();
            foreach (var property in value.EnumerateObject())
            {
                if (properties.TryGetProperty(property.Name, out _))
                {
                    found[property.Name] = property.Value;
                }
                else
                {
                    aliased.Add(property);
                }
            }

            foreach (var property in aliased)
            {
                if (tool.Aliases.TryGetValue(property.Name, out var name) && properties.TryGetProperty(name, out _))
                {
                    if (!found.TryGetValue(name, out var present) || present.ValueKind == JsonValueKind.Null)
                    {
                        found[name] = property.Value;
                    }
                }
                else if (property.Value.ValueKind != JsonValueKind.Null)
                {
                    errors.Add($"unknown property \"{Shorten(At(at, property.Name))}\"");
                }
            }

            var required = Required(schema);
            writer.WriteStartObject();
            foreach (var property in properties.EnumerateObject())
            {
                if (!found.TryGetValue(property.Name, out var given)
                    || (given.ValueKind == JsonValueKind.Null && !required.Contains(property.Name)))
                {
                    if (required.Contains(property.Name))
                    {
                        errors.Add($"\"{At(at, property.Name)}\" is missing, expected {Expected(property.Value)}");
                    }

                    continue;
                }

                writer.WritePropertyName(property.Name);
                Value(property.Value, given, At(at, property.Name));
            }

            writer.WriteEndObject();
        }

        private void Array(JsonElement schema, JsonElement value, string at)
        {
            var items = schema.GetProperty("items");
            var index = 0;
            writer.WriteStartArray();
            foreach (var item in value.EnumerateArray())
            {
                Value(items, item, $"{at}[{index++}]");
            }

            writer.WriteEndArray();
        }

        private void String(JsonElement schema, JsonElement value, string at)
        {
            var text = value.GetString()!;
            if (schema.TryGetProperty("enum", out var allowed))
            {
                text = text switch
                {
                    "in_progress" or "in-progress" => "active",
                    "completed" or "complete" => "done",
                    "todo" => "pending",
                    _ => text,
                };
                if (!allowed.EnumerateArray().Any(candidate => candidate.ValueEquals(text)))
                {
                    Wrong(schema, value, at);
                    return;
                }
            }

            writer.WriteStringValue(text);
        }

        private void Number(JsonElement schema, long number, JsonElement value, string at)
        {
            var minimum = schema.TryGetProperty("minimum", out var low) ? low.GetInt64() : int.MinValue;
            var maximum = schema.TryGetProperty("maximum", out var high) ? high.GetInt64() : int.MaxValue;
            if (number < minimum || number > maximum)
            {
                Wrong(schema, value, at);
                return;
            }

            writer.WriteNumberValue(number);
        }

        private void Wrong(JsonElement schema, JsonElement value, string at)
        {
            errors.Add($"{(at.Length == 0 ? "the arguments" : $"\"{at}\"")}: expected {Expected(schema)}, came {Came(value)}");
            writer.WriteNullValue();
        }

        private static string At(string at, string name) => at.Length == 0 ? name : $"{at}.{name}";
    }
}
