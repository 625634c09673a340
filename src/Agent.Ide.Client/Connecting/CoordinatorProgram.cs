namespace Agent.Ide.Client.Connecting;

/// <summary>
/// How to start a coordinator. The program makes itself the leader of a session of its own, writes exactly one line to its
/// standard output and then redirects its streams to its log: <c>ready</c> once it listens and its endpoint file is written,
/// <c>running</c> when another holds the lock (it then ends), or <c>error</c> and one line that says why (it then ends).
/// </summary>
public sealed record CoordinatorProgram
{
    /// <summary>Absolute path of the executable.</summary>
    public required string FileName { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Environment variables that it gets beside the caller's own, and before these: a key, say, that only the caller's client knows.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Our own version, compared with the one the coordinator names in its endpoint file.</summary>
    public required string Version { get; init; }
}
