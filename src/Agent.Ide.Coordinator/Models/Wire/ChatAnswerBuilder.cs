using System.Globalization;
using System.Text;
using Agent.Ide.Core.Loop;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models.Wire;

/// <summary>Collects an answer from the pieces in which servers send it.</summary>
internal sealed class ChatAnswerBuilder(int maxCharacters)
{
    private readonly StringBuilder _text = new();
    private readonly List<Call> _calls = [];
    private int _characters;

    /// <summary>Set once the server said why it ended, from when on the answer is complete.</summary>
    public string? FinishReason { get; set; }

    public string? Model { get; set; }

    public string? Id { get; set; }

    public int? PromptTokens { get; set; }

    public int? CompletionTokens { get; set; }

    public int? CachedTokens { get; set; }

    public bool IsTooLarge => _characters > maxCharacters;

    public bool IsEmpty => _calls.Count == 0 && string.IsNullOrWhiteSpace(_text.ToString());

    public void AppendText(string text)
    {
        _characters += text.Length;
        _text.Append(text);
    }

    /// <summary>
    /// Adds a piece of a tool call. Servers differ in how they tell which call a piece belongs to: an index (some always 0), an id
    /// in each piece or only the first, a name, or nothing but the order.
    /// </summary>
    public void AppendCall(int? index, string? id, string? name, string arguments)
    {
        var call = Find(index, id, name, arguments);
        if (call is null)
        {
            call = new Call { Index = index };
            _calls.Add(call);
        }

        call.Id ??= id;
        call.Name ??= name;
        call.Arguments.Append(arguments);
        _characters += arguments.Length;
    }

    /// <summary>Adds a call that came whole.</summary>
    public void AddCall(string? id, string? name, string arguments)
    {
        var call = new Call { Id = id, Name = name };
        call.Arguments.Append(arguments);
        _characters += arguments.Length;
        _calls.Add(call);
    }

    /// <summary>The answer to a conversation; the ids of its calls repeat none of it.</summary>
    /// <param name="model">The name that was asked for, where the server does not repeat it.</param>
    /// <param name="promptBytes">Size of the request, for an estimate where the server counts nothing.</param>
    /// <param name="options">Of the request; they tell which turn it is.</param>
    /// <param name="conversation">What is answered.</param>
    public ChatResponse Build(string model, int promptBytes, ChatOptions? options, IEnumerable<ChatMessage> conversation)
    {
        int? turn = options?.AdditionalProperties?.TryGetValue(AgentChat.TurnKey, out int given) == true ? given : null;
        var knownIds = conversation.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Select(call => call.CallId);
        return Build(model, promptBytes, turn, knownIds.ToHashSet(StringComparer.Ordinal));
    }

    /// <param name="model">The name that was asked for, where the server does not repeat it.</param>
    /// <param name="promptBytes">Size of the request, for an estimate where the server counts nothing.</param>
    /// <param name="turn">Number of answers before this one; null: unknown.</param>
    /// <param name="knownIds">Ids of the conversation's earlier calls.</param>
    public ChatResponse Build(string model, int promptBytes, int? turn, HashSet<string> knownIds)
    {
        var contents = new List<AIContent>(1 + _calls.Count);
        if (_text.Length > 0)
        {
            contents.Add(new TextContent(_text.ToString()));
        }

        for (var i = 0; i < _calls.Count; i++)
        {
            var call = _calls[i];

            // Some servers number the calls of each answer from the start again: an id has to be unique in the conversation.
            var id = call.Id is { } given && knownIds.Add(given) ? given : MakeId(turn, i, knownIds);
            contents.Add(RawArguments.ToCall(id, call.Name ?? string.Empty, call.Arguments.ToString()));
        }

        var estimated = PromptTokens is null or 0 || CompletionTokens is null;
        var input = PromptTokens is > 0 and { } counted ? counted : TokenEstimate.FromCharacters(promptBytes);
        var output = CompletionTokens ?? TokenEstimate.FromCharacters(_characters);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, contents))
        {
            ResponseId = Id,
            ModelId = string.IsNullOrEmpty(Model) ? model : Model,
            FinishReason = FinishReason switch
            {
                "length" => ChatFinishReason.Length,
                "content_filter" => ChatFinishReason.ContentFilter,
                _ => _calls.Count > 0 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop,
            },
            Usage = new UsageDetails
            {
                InputTokenCount = input,
                OutputTokenCount = output,
                TotalTokenCount = (long)input + output,
                CachedInputTokenCount = Math.Min(CachedTokens ?? 0, input),
            },
            AdditionalProperties = estimated ? new AdditionalPropertiesDictionary { [AgentChat.UsageEstimatedKey] = true } : null,
        };
    }

    private Call? Find(int? index, string? id, string? name, string arguments)
    {
        var sameId = id is null ? null : _calls.FindLast(call => call.Id == id && (index is null || call.Index is null || call.Index == index));
        var candidate = sameId ?? (index is null
            ? _calls.Count == 0 ? null : _calls[^1]
            : _calls.FindLast(call => call.Index == index));
        if (candidate is null || (sameId is null && id is not null && candidate.Id is not null))
        {
            return null;
        }

        // A name beside a call that has one already begins another call, unless the server repeats it with each piece; then the
        // pieces before do not make a whole yet, or an index or id says that it is the same.
        if (name is null || candidate.Name is null)
        {
            return candidate;
        }

        var mayBegin = arguments.StartsWith('{') || (index is null && sameId is null);
        return name != candidate.Name || (mayBegin && RawArguments.IsObject(candidate.Arguments.ToString())) ? null : candidate;
    }

    private static string MakeId(int? turn, int index, HashSet<string> knownIds)
    {
        // The turn makes ids that are the same in each run of the same conversation.
        var id = turn is null
            ? $"call_{Guid.NewGuid():N}"
            : string.Create(CultureInfo.InvariantCulture, $"call_{turn}_{index}");
        return knownIds.Add(id) ? id : MakeId(null, index, knownIds);
    }

    private sealed class Call
    {
        public int? Index { get; init; }

        public string? Id { get; set; }

        public string? Name { get; set; }

        public StringBuilder Arguments { get; } = new();
    }
}
