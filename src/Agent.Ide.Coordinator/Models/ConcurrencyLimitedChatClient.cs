using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models;

/// <summary>
/// Bounds the requests under way at once. It lies below the retries: a task that waits before its next attempt leaves its place
/// to another one.
/// </summary>
/// <param name="inner">Disposed with this client.</param>
/// <param name="places">Shared by all tasks; owned by the gateway.</param>
internal sealed class ConcurrencyLimitedChatClient(IChatClient inner, SemaphoreSlim places) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        await places.WaitAsync(cancellationToken);
        try
        {
            return await base.GetResponseAsync(messages, options, cancellationToken);
        }
        finally
        {
            places.Release();
        }
    }
}
