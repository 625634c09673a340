using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Agent.Ide.Core.Scripting;

/// <summary>
/// Reads a script token by token rather than through a document, because only the reader knows the line that an error has to name.
/// </summary>
internal ref struct ModelScriptReader
{
    private const int MaxDelayMs = 3_600_000;

    private readonly string _source;
    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    private ModelScriptReader(ReadOnlySpan<byte> json, string source)
    {
        _source = source;
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
    }

    public static List<KeyValuePair<string, IReadOnlyList<ScriptStep>>> Read(string json, string source)
    {
        var reader = new ModelScriptReader(Encoding.UTF8.GetBytes(json.TrimStart('\uFEFF')), source);
        try
        {
            return reader.ReadScript();
        }
        catch (JsonException e)
        {
            // The serializer counts lines from 0, and its messages end in a position of their own.
            var line = (int)(e.LineNumber ?? 0) + 1;
            var cause = e.Message.Split(" LineNumber:", 2)[0];
            throw new ModelScriptException($"{source}:{line}: not valid JSON: {cause}", source, line, e);
        }
    }

    private List<KeyValuePair<string, IReadOnlyList<ScriptStep>>> ReadScript()
    {
        _reader.Read();
        Expect(JsonTokenType.StartObject, "a script is an object {\"<marker>\": [step, …]}");
        var conversations = new List<KeyValuePair<string, IReadOnlyList<ScriptStep>>>();
        while (NextProperty() is { } marker)
        {
            if (conversations.Exists(entry => entry.Key == marker))
            {
                throw Error($"the marker \"{marker}\" is there twice");
            }

            _reader.Read();
            Expect(JsonTokenType.StartArray, $"the value of marker \"{marker}\" is a list of steps");
            var steps = new List<ScriptStep>();
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            {
                steps.Add(ReadStep());
            }

            conversations.Add(new(marker, steps));
        }

        _reader.Read();
        return conversations;
    }

    private ScriptStep ReadStep()
    {
        Expect(JsonTokenType.StartObject, "a step is an object with text, calls, delayMs or status");
        var step = new ScriptStep();
        while (NextProperty() is { } name)
        {
            _reader.Read();
            step = name switch
            {
                "text" => step with { Text = ReadText("text") },
                "calls" => step with { Calls = ReadCalls() },
                "delayMs" => step with { Delay = TimeSpan.FromMilliseconds(ReadNumber("delayMs", 0, MaxDelayMs)) },
                "status" => step with { Status = ReadNumber("status", 400, 599) },
                _ => throw Error($"unknown key \"{name}\" in a step; allowed: text, calls, delayMs, status"),
            };
        }

        return step;
    }

    private ImmutableArray<ScriptedCall> ReadCalls()
    {
        Expect(JsonTokenType.StartArray, "\"calls\" is a list of {\"name\", \"arguments\"}");
        var calls = ImmutableArray.CreateBuilder<ScriptedCall>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            calls.Add(ReadCall());
        }

        return calls.ToImmutable();
    }

    private ScriptedCall ReadCall()
    {
        Expect(JsonTokenType.StartObject, "a call is an object with name and arguments");
        string? name = null;
        var arguments = "{}";
        while (NextProperty() is { } key)
        {
            _reader.Read();
            switch (key)
            {
                case "name":
                    name = ReadText("name");
                    break;
                case "arguments":
                    arguments = ReadArguments();
                    break;
                default:
                    throw Error($"unknown key \"{key}\" in a call; allowed: name, arguments");
            }
        }

        return new ScriptedCall(name ?? throw Error("a call needs a name"), arguments);
    }

    private string ReadArguments()
    {
        if (_reader.TokenType == JsonTokenType.String)
        {
            return _reader.GetString()!;
        }

        Expect(JsonTokenType.StartObject, "\"arguments\" is an object, or a string that is passed on as it is");
        var buffer = new MemoryStream();
        using (var document = JsonDocument.ParseValue(ref _reader))
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            document.RootElement.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private string ReadText(string key)
    {
        Expect(JsonTokenType.String, $"\"{key}\" is a string");
        return _reader.GetString()!;
    }

    private int ReadNumber(string key, int minimum, int maximum)
    {
        if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt32(out var value) || value < minimum || value > maximum)
        {
            throw Error($"\"{key}\" is a whole number from {minimum} to {maximum}");
        }

        return value;
    }

    /// <returns>The name of the next property of the current object; null at its end.</returns>
    private string? NextProperty() =>
        _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName ? _reader.GetString() : null;

    private readonly void Expect(JsonTokenType type, string rule)
    {
        if (_reader.TokenType != type)
        {
            throw Error(rule);
        }
    }

    private readonly ModelScriptException Error(string rule)
    {
        var line = 1 + _json[..(int)_reader.TokenStartIndex].Count((byte)'\n');
        return new ModelScriptException($"{_source}:{line}: {rule}.", _source, line);
    }
}
