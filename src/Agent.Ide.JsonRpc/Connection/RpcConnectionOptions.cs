namespace Agent.Ide.JsonRpc;

/// <summary>Bounds of a connection, and where it reports what nobody awaits.</summary>
public sealed record RpcConnectionOptions
{
    /// <summary>
    /// Longest body in bytes, both ways. A longer one announced by the peer ends the connection; memory is taken as bytes
    /// arrive, never by what is announced.
    /// </summary>
    public int MaxMessageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Longest body that the peer may send, in bytes, at first; null: <see cref="MaxMessageBytes"/>. See <see cref="RpcConnection.MaxIncomingBytes"/>.</summary>
    public int? MaxIncomingBytes { get; init; }

    /// <summary>From the first to the last byte of an incoming message; a peer that stalls in between is cut off. Null: unbounded.</summary>
    public TimeSpan? MessageTimeout { get; init; }

    /// <summary>How long a message may wait for the peer to read it before the peer counts as gone. Null: unbounded.</summary>
    public TimeSpan? WriteTimeout { get; init; }

    /// <summary>Messages a second that are read, after a burst of four times as many; 0: as many as come.</summary>
    public int MessagesPerSecond { get; init; }

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
