using Agent.Ide.Core.Loop;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Tests.Loop;

/// <summary>A model that answers from a function of the conversation; every request it got is kept.</summary>
internal sealed class ScriptedModel(Journal journal, Func<ScriptedModel, IReadOnlyList<ChatMessage>, ChatResponse> answer) : IChatClient
{
    public List<(IReadOnlyList<ChatMessage> Messages, ChatOptions Options)> Requests { get; } = [];

    /// <summary>Runs while a request is under way.</summary>
    public Func<CancellationToken, Task>? Meanwhile { get; set; }

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        await journal.ReachAsync("before model");
        journal.Add("model");
        var list = messages.ToList();
        Requests.Add((list, options!));
        if (Meanwhile is not null)
        {
            await Meanwhile(cancellationToken);
        }

        var response = answer(this, list);
        await journal.ReachAsync("after model");
        return response;
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("The loop asks for whole turns.");

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }

    public static ChatResponse Says(string text, params FunctionCallContent[] calls)
    {
        var message = new ChatMessage(ChatRole.Assistant, [.. calls]);
        if (text.Length > 0)
        {
            message.Contents.Insert(0, new TextContent(text));
        }

        return new ChatResponse(message) { ModelId = "scripted-1" };
    }

    public static ChatResponse Calls(params FunctionCallContent[] calls) => Says(string.Empty, calls);

    public static FunctionCallContent Call(string tool, params (string Name, object? Value)[] arguments) =>
        new(string.Empty, tool, arguments.ToDictionary(pair => pair.Name, pair => pair.Value));
}
