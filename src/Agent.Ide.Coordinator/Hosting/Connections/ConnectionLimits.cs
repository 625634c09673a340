using Agent.Ide.Protocol;

namespace Agent.Ide.Coordinator.Hosting.Connections;

/// <summary>
/// What one connection, and all of them together, may take: far above what an editor needs, low enough that no number of broken
/// or stuck front ends holds up another one's.
/// </summary>
public sealed record ConnectionLimits
{
    /// <summary>Connections at once.</summary>
    public int MaxConnections { get; init; } = 256;

    /// <summary>Of these, connections of one process: none can take all of them.</summary>
    public int MaxPerProcess { get; init; } = 64;

    /// <summary>Until a connection has said for which checkout it speaks.</summary>
    public TimeSpan Introduction { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest message of a connection that has not said so yet, in bytes.</summary>
    public int MaxIntroductionBytes { get; init; } = 256 * 1024;

    /// <summary>Longest message of any other, in bytes.</summary>
    public int MaxMessageBytes { get; init; } = AgentMethods.MaxMessageBytes;

    /// <summary>From the first to the last byte of a message.</summary>
    public TimeSpan MessageTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client may leave what it is sent unread before it counts as gone.</summary>
    public TimeSpan ReadTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Requests of a connection that run at once; more wait, and then its reading pauses.</summary>
    public int MaxConcurrentRequests { get; init; } = 32;

    /// <summary>Messages that wait to be handled, per connection.</summary>
    public int MaxQueuedMessages { get; init; } = 128;

    /// <summary>Bytes that wait, per connection and direction.</summary>
    public long MaxQueuedBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Messages a second that a connection is read, after a burst of four times as many.</summary>
    public int MessagesPerSecond { get; init; } = 500;
}
