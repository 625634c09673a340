using Agent.Ide.Coordinator.Secrets;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models;

/// <summary>
/// A server is sent the key, and may repeat it in an error or in an answer. Here is where what it says comes in, so from here on
/// no task, commit, note or sandbox can hold it.
/// </summary>
/// <param name="inner">Disposed with this client.</param>
/// <param name="redactor">Knows the keys.</param>
internal sealed class SecretFreeChatClient(IChatClient inner, SecretRedactor redactor) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatResponse response;
        try
        {
            response = await base.GetResponseAsync(messages, options, cancellationToken);
        }
        catch (ModelRequestException e)
        {
            throw Clean(e, redactor);
        }

        response.ModelId = Clean(response.ModelId);
        foreach (var message in response.Messages)
        {
            for (var index = 0; index < message.Contents.Count; index++)
            {
                message.Contents[index] = Clean(message.Contents[index]);
            }
        }

        return response;
    }

    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        WholeAnswer.StreamAsync(this, messages, options, cancellationToken);

    private static ModelRequestException Clean(ModelRequestException e, SecretRedactor redactor)
    {
        var error = new TaskError(e.Error.Code, redactor.Redact(e.Error.Message), e.Error.Hint is { } hint ? redactor.Redact(hint) : null, e.Error.ExitCode);
        return error == e.Error ? e : new ModelRequestException(error, e.CanAskAgain, e);
    }

    private AIContent Clean(AIContent content)
    {
        switch (content)
        {
            case TextContent text:
                text.Text = redactor.RedactSent(text.Text);
                return text;
            case FunctionCallContent call
                when call.AdditionalProperties?.TryGetValue(AgentChat.RawArgumentsKey, out var value) == true && value is string raw
                && redactor.RedactSent(raw) is var clean && (clean != raw || redactor.RedactSent(call.Name) != call.Name || redactor.RedactSent(call.CallId) != call.CallId):
                return Wire.RawArguments.ToCall(redactor.RedactSent(call.CallId), redactor.RedactSent(call.Name), clean);
            default:
                return content;
        }
    }

    private string? Clean(string? text) => text is null ? null : redactor.RedactSent(text);
}
