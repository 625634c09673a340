using System.Diagnostics.CodeAnalysis;

namespace Agent.Ide.JsonRpc;

/// <summary>A request or a notification that waits for its turn.</summary>
internal sealed class IncomingMessage(string method, PooledBytes body, Range parameters)
{
    public string Method { get; } = method;

    public int Bytes { get; } = body.Length;

    public ReadOnlySpan<byte> Parameters => body.Span[parameters];

    /// <summary>Null for a notification.</summary>
    public IncomingRequest? Request { get; init; }

    /// <summary>Gives the body back once the parameters are read.</summary>
    public void ReleaseBody() => body.Dispose();
}

/// <summary>A request that is not answered yet.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Neither linked nor timed; a late cancellation must not meet a disposed source.")]
internal sealed class IncomingRequest(RequestId id)
{
    private readonly CancellationTokenSource _cancellation = new();

    public RequestId Id { get; } = id;

    public CancellationToken Token => _cancellation.Token;

    /// <summary>The token is cancelled when this returns; what is registered with it runs on other threads.</summary>
    public Task CancelAsync() => _cancellation.CancelAsync();
}
