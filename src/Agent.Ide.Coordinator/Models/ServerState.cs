using Agent.Ide.Coordinator.Models.Wire;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models;

/// <summary>What the gateway knows of a server from the requests of all tasks.</summary>
internal sealed class ServerState(ServerDialect dialect)
{
    private int _underWay;
    private volatile string? _lastModel;

    public ServerDialect Dialect { get; } = dialect;

    /// <summary>An answer of it is being waited for.</summary>
    public bool IsBusy => Volatile.Read(ref _underWay) > 0;

    /// <summary>The model of its latest answer.</summary>
    public string? LastModel => _lastModel;

    public void Begin() => Interlocked.Increment(ref _underWay);

    public void End(string? model)
    {
        Interlocked.Decrement(ref _underWay);
        _lastModel = model ?? _lastModel;
    }
}

/// <summary>Keeps a server's state up to date.</summary>
internal sealed class ActivityTrackingChatClient(IChatClient inner, ServerState server) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        string? model = null;
        server.Begin();
        try
        {
            var response = await base.GetResponseAsync(messages, options, cancellationToken);
            model = response.ModelId;
            return response;
        }
        finally
        {
            server.End(model);
        }
    }
}
