namespace Agent.Ide.Client;

/// <summary>What a front end says about itself when it attaches, and how patient it is.</summary>
public sealed record AgentClientOptions
{
    /// <summary>Absolute path of the checkout the connection speaks for.</summary>
    public required string Checkout { get; init; }

    /// <summary>The caller's own settings and keys, see <see cref="Protocol.ClientVariables"/>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Waits before each attempt to come back after the coordinator ended without being asked to. Empty: never come back. The
    /// count starts anew once a connection lasted <see cref="Steady"/>, so a coordinator that dies at once ends the attempts.
    /// </summary>
    public IReadOnlyList<TimeSpan> ReconnectDelays { get; init; } =
    [
        TimeSpan.Zero,
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromMilliseconds(300),
        TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(2),
        TimeSpan.FromSeconds(4),
    ];

    /// <summary>How long a connection lasts before it counts as recovered.</summary>
    public TimeSpan Steady { get; init; } = TimeSpan.FromSeconds(5);

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
