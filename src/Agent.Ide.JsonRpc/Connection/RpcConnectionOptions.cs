namespace Agent.Ide.JsonRpc;

/// <summary>Bounds of a connection, and where it reports what nobody awaits.</summary>
public sealed record RpcConnectionOptions
{
    /// <summary>
    /// Longest body in bytes, both ways. A longer one announced by the peer ends the connection; memory is taken as bytes
    /// arrive, never by what is announced.
    /// </summary>
    public int MaxMessageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// How many incoming requests run at once. More wait in the incoming queue; when that is full too, reading pauses. Until
    /// then answers and cancellations are still read, so handlers may call the peer.
    /// </summary>
    public int MaxConcurrentRequests { get; init; } = 64;

    /// <summary>How many messages may wait, in each direction. A full outgoing queue makes senders wait.</summary>
    public int MaxQueuedMessages { get; init; } = 256;

    /// <summary>How many bytes may wait, in each direction. One message larger than this passes when nothing else waits.</summary>
    public long MaxQueuedBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>How long an ending connection waits for queued messages to be written and for handlers to obey their cancellation.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Called with what is nobody's return value: failed handlers, malformed messages, answers to unknown ids, why a connection
    /// broke. Called from any thread; must not throw or block.
    /// </summary>
    public Action<string, Exception?>? OnProblem { get; init; }
}
