using Agent.Ide.Protocol.Endpoint;

namespace Agent.Ide.Client.Connecting;

/// <summary>A connected coordinator. Its stream is handed to an <see cref="JsonRpc.RpcConnection"/>, which then owns it.</summary>
public sealed class CoordinatorConnection : IAsyncDisposable
{
    internal CoordinatorConnection(Stream stream, CoordinatorEndpoint? endpoint, bool wasStarted, string ownVersion)
    {
        Stream = stream;
        Endpoint = endpoint;
        WasStarted = wasStarted;
        OwnVersion = ownVersion;
    }

    /// <summary>Both directions of the coordinator's socket.</summary>
    public Stream Stream { get; }

    /// <summary>What the coordinator says about itself; null when its file is missing or belongs to another socket.</summary>
    public CoordinatorEndpoint? Endpoint { get; }

    /// <summary>Whether this connecting started it.</summary>
    public bool WasStarted { get; }

    /// <summary>The version of this client.</summary>
    public string OwnVersion { get; }

    /// <summary>
    /// True when the coordinator is of another version than this client, or does not name one: left from before an update,
    /// say. The caller decides; the coordinator's tasks survive a restart of it.
    /// </summary>
    public bool IsVersionDifferent => Endpoint?.Version != OwnVersion;

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
