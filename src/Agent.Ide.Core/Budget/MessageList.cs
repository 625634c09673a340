using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Budget;

/// <summary>Collects messages in the shape that chat servers accept, and counts what they hold.</summary>
internal sealed class MessageList
{
    private const int LongestName = 64;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 64 };

    private readonly List<ChatMessage> _messages = [];

    // What people and the harness said in a row is one message: some chat templates insist that roles alternate.
    private readonly StringBuilder _user = new();

    public int Bytes { get; private set; }

    public void Rules(string text) => Add(new ChatMessage(ChatRole.System, text), text);

    public void User(string text)
    {
        if (_user.Length > 0)
        {
            _user.Append("\n\n");
        }

        _user.Append(text);
    }

    public void Assistant(string text, ImmutableArray<RequestedCall> calls)
    {
        FlushUser();
        var message = new ChatMessage(ChatRole.Assistant, text.Length == 0 ? [] : [new TextContent(text)]);
        foreach (var call in calls)
        {
            var name = WireName(call.Tool);
            message.Contents.Add(new FunctionCallContent(call.CallId, name, Arguments(call.Arguments))
            {
                AdditionalProperties = new AdditionalPropertiesDictionary { [AgentChat.RawArgumentsKey] = call.Arguments },
            });
            Bytes += name.Length + call.CallId.Length + Encoding.UTF8.GetByteCount(call.Arguments);
        }

        Add(message, text);
    }

    public void Tool(string callId, string content)
    {
        FlushUser();
        Bytes += callId.Length;
        Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(callId, content)]), content);
    }

    public IReadOnlyList<ChatMessage> Done()
    {
        FlushUser();
        return _messages;
    }

    private void FlushUser()
    {
        if (_user.Length == 0)
        {
            return;
        }

        var text = _user.ToString();
        _user.Clear();
        Add(new ChatMessage(ChatRole.User, text), text);
    }

    private void Add(ChatMessage message, string text)
    {
        _messages.Add(message);
        Bytes += Encoding.UTF8.GetByteCount(text);
    }

    // A name the model made up is sent back as part of its own turn; servers refuse requests with odd characters in it.
    private static string WireName(string name)
    {
        if (name.Length is > 0 and <= LongestName && !name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            return name;
        }

        var safe = new StringBuilder(LongestName);
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, LongestName)))
        {
            safe.Append(NameCharacters.Contains(c) ? c : '_');
        }

        return safe.Length == 0 ? "unknown" : safe.ToString();
    }

    // For clients that do not know the raw form. What was no JSON object goes to them as none.
    private static Dictionary<string, object?> Arguments(string json)
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(json))
        {
            return arguments;
        }

        try
        {
            using var document = JsonDocument.Parse(json, Reading);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                var root = document.RootElement.Clone();
                foreach (var property in root.EnumerateObject())
                {
                    arguments[property.Name] = property.Value;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            arguments.Clear();
        }

        return arguments;
    }

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
}
