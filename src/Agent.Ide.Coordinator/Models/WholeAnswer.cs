using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models;

/// <summary>The streaming half of clients that answer whole.</summary>
internal static class WholeAnswer
{
    /// <summary>The whole answer, in the shape of a stream: a retry must never repeat what a caller has already seen.</summary>
    public static async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(
        IChatClient client, IEnumerable<ChatMessage> messages, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var response = await client.GetResponseAsync(messages, options, cancellationToken);
        foreach (var update in response.ToChatResponseUpdates())
        {
            yield return update;
        }
    }
}
