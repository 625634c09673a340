using System.Text.Json;
using Agent.Ide.Coordinator.Models.Wire;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Models;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models.Editors;

/// <summary>
/// One attempt at a time by a model of an attached editor, whichever offers it at that moment: a window that was reloaded answers the next
/// attempt. Failures are <see cref="ModelAttemptException"/>.
/// </summary>
public sealed class EditorChatClient : IChatClient
{
    private readonly EditorModels _editors;
    private readonly string _model;
    private readonly ModelGatewayOptions _options;
    private readonly TimeProvider _time;

    /// <param name="editors">Those that are attached.</param>
    /// <param name="model">Id of one of their models.</param>
    /// <param name="options">Bounds and timeouts.</param>
    /// <param name="time">Measures the timeouts.</param>
    public EditorChatClient(EditorModels editors, string model, ModelGatewayOptions options, TimeProvider time)
    {
        _editors = editors;
        _model = model;
        _options = options;
        _time = time;
    }

    /// <exception cref="ModelAttemptException">There is no usable answer.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var conversation = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        using var deadline = new AttemptDeadline(_time, cancellationToken);
        deadline.Set(_options.CheckTimeout);
        if (await _editors.FindAsync(_model, deadline.Token) is not var (editor, offered))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ModelAttemptException(ModelErrors.NoEditor(_model)) { IsTransient = true, IsUnreachable = true };
        }

        var name = $"{offered.Name} of {editor.Name}";
        var request = EditorTurn.ToRequest(_model, conversation, options);
        deadline.Set(_options.FirstByteTimeout);
        try
        {
            var answer = await editor.ChatAsync(request, () => deadline.Set(_options.IdleTimeout), deadline.Token);
            return Read(answer, name, conversation, request, options);
        }
        catch (OperationCanceledException) when (deadline.HasPassed && !cancellationToken.IsCancellationRequested)
        {
            throw EditorModelErrors.TimedOut(name, deadline.Current);
        }
        catch (ConnectionClosedException e)
        {
            throw EditorModelErrors.Broken(name, "the editor was closed or reloaded", e);
        }
        catch (RpcMalformedResponseException e)
        {
            throw EditorModelErrors.Invalid(name, e.Message, e);
        }
        catch (RpcErrorException e)
        {
            throw EditorModelErrors.Refused(name, e.Message, e);
        }
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        WholeAnswer.StreamAsync(this, messages, options, cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        // Nothing is owned: connections belong to their sessions.
    }

    private ChatResponse Read(
        ModelChatResult answer, string name, IReadOnlyCollection<ChatMessage> conversation, ModelChatParams request, ChatOptions? options)
    {
        var builder = new ChatAnswerBuilder(_options.MaxAnswerCharacters)
        {
            Model = _model,
            PromptTokens = answer.InputTokens,
            CompletionTokens = answer.OutputTokens,
        };
        builder.AppendText(answer.Text);
        foreach (var call in answer.Calls)
        {
            builder.AddCall(call.Id, call.Name, call.Arguments.GetRawText());
        }

        if (builder.IsTooLarge)
        {
            throw EditorModelErrors.TooLarge(name, _options.MaxAnswerCharacters);
        }

        if (builder.IsEmpty)
        {
            throw EditorModelErrors.Empty(name);
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(request, Protocol.AgentJson.Default.ModelChatParams).Length;
        return builder.Build(_model, bytes, options, conversation);
    }
}
