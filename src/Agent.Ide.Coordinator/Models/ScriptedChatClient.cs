using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Scripting;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models;

/// <summary>
/// The embedded scripted model. Its place in the script comes from the conversation, so a task that goes on after a crash, or was
/// rolled back, hears what it would have heard. One per task; requests of a task follow one another.
/// </summary>
public sealed class ScriptedChatClient : IChatClient
{
    public const string ModelName = "scripted";

    private const string Display = "the scripted model";

    private static readonly ModelEndpoint Nowhere = new(new Uri("scripted://embedded/"), apiKey: null);

    private readonly ModelScript _script;
    private readonly TimeProvider _time;
    private readonly Dictionary<int, int> _failures = [];

    public ScriptedChatClient(ModelScript script, TimeProvider time)
    {
        _script = script;
        _time = time;
    }

    /// <exception cref="ModelAttemptException">The script says that this request fails.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var conversation = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        var answers = options?.AdditionalProperties?.TryGetValue(AgentChat.TurnKey, out int turn) == true
            ? turn
            : ScriptedCallId.CountAnswers(AssistantCallIds(conversation));
        var failures = _failures.GetValueOrDefault(answers);
        var step = _script.StepAt(_script.FindMarker(Texts(conversation)), answers, failures);
        if (step.Delay > TimeSpan.Zero)
        {
            await Task.Delay(step.Delay, _time, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (!step.IsAnswer)
        {
            _failures[answers] = failures + 1;
            throw step.Status is { } status
                ? ModelErrors.FromServer(Display, status, new ServerError($"Scripted status {status}", string.Empty), null)
                : ModelErrors.Empty(Display, outOfTokens: false);
        }

        return Answer(step, answers, conversation, options);
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        WholeAnswer.StreamAsync(this, messages, options, cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata(ModelProviders.Scripted, Nowhere.BaseUrl, ModelName)
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    public void Dispose()
    {
        // Nothing is owned: the script is in memory and shared.
    }

    private static ChatResponse Answer(ScriptStep step, int answers, IEnumerable<ChatMessage> conversation, ChatOptions? options)
    {
        var contents = new List<AIContent>(1 + step.Calls.Length);
        if (!string.IsNullOrEmpty(step.Text))
        {
            contents.Add(new TextContent(step.Text));
        }

        var characters = step.Text?.Length ?? 0;
        for (var i = 0; i < step.Calls.Length; i++)
        {
            var call = step.Calls[i];
            characters += call.Name.Length + call.Arguments.Length;
            contents.Add(Wire.RawArguments.ToCall(ScriptedCallId.Make(answers, i), call.Name, call.Arguments));
        }

        var prompt = Wire.ChatRequestWriter.Write(conversation, options, ModelName, new Wire.ServerDialect(usesMaxCompletionTokens: false));
        var input = TokenEstimate.FromCharacters(prompt.Length);
        var output = TokenEstimate.FromCharacters(characters);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, contents))
        {
            ModelId = ModelName,
            FinishReason = step.Calls.IsEmpty ? ChatFinishReason.Stop : ChatFinishReason.ToolCalls,
            Usage = new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = (long)input + output },
            AdditionalProperties = new AdditionalPropertiesDictionary { [AgentChat.UsageEstimatedKey] = true },
        };
    }

    private static IEnumerable<string> Texts(IReadOnlyCollection<ChatMessage> conversation)
    {
        foreach (var system in (bool[])[false, true])
        {
            foreach (var message in conversation)
            {
                if ((message.Role == ChatRole.System) == system)
                {
                    yield return message.Text;
                    foreach (var result in message.Contents.OfType<FunctionResultContent>())
                    {
                        yield return result.Result?.ToString() ?? string.Empty;
                    }
                }
            }
        }
    }

    private static IEnumerable<string?> AssistantCallIds(IEnumerable<ChatMessage> conversation) =>
        conversation
            .Where(message => message.Role == ChatRole.Assistant)
            .Select(message => message.Contents.OfType<FunctionCallContent>().FirstOrDefault()?.CallId);
}
