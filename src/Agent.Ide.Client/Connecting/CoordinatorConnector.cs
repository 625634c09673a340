using System.Net.Sockets;
using Agent.Ide.Protocol.Endpoint;

namespace Agent.Ide.Client.Connecting;

/// <summary>
/// Finds the coordinator of a repository or starts it. Which one is the only one is decided by the coordinators' lock, never
/// here: connecting at the same time starts several programs at worst, of which one stays.
/// </summary>
public sealed class CoordinatorConnector(TimeProvider? timeProvider = null)
{
    /// <summary>How often a coordinator that is just starting is asked; connecting to nothing costs some ten microseconds.</summary>
    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>How long the holder of the lock may take before another start is tried: it may have been ending, not starting.</summary>
    private static readonly TimeSpan _startPatience = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;

    /// <summary>Bound of one connecting in all, the start included.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connects to the repository's coordinator.</summary>
    /// <param name="location">Where it is found.</param>
    /// <param name="program">How to start it.</param>
    /// <param name="startIfMissing">False: null is returned when none listens.</param>
    /// <param name="cancellationToken">Cancelling kills a program started here that has not answered yet.</param>
    /// <exception cref="CoordinatorUnavailableException">None could be started, or it did not listen in time.</exception>
    /// <exception cref="CoordinatorLocationException">The socket's folder is not the user's alone.</exception>
    public async Task<CoordinatorConnection?> ConnectAsync(
        CoordinatorLocation location,
        CoordinatorProgram program,
        bool startIfMissing,
        CancellationToken cancellationToken)
    {
        location.PrepareSocketDirectory();
        using var deadline = new CancellationTokenSource(Limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            if (await TryConnectAsync(location, program, wasStarted: false, either.Token) is { } connection)
            {
                return connection;
            }

            return startIfMissing ? await StartAndConnectAsync(location, program, either.Token) : null;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CoordinatorUnavailableException(Unanswered(location), exception);
        }
    }

    private async Task<CoordinatorConnection> StartAndConnectAsync(
        CoordinatorLocation location, CoordinatorProgram program, CancellationToken cancellationToken)
    {
        while (true)
        {
            var wasStarted = await CoordinatorStarter.StartAsync(program, location.CommonDirectory, cancellationToken);
            var since = _time.GetTimestamp();
            do
            {
                if (await TryConnectAsync(location, program, wasStarted, cancellationToken) is { } connection)
                {
                    return connection;
                }

                await Task.Delay(_retryDelay, _time, cancellationToken);
            }
            while (_time.GetElapsedTime(since) < _startPatience);
        }
    }

    /// <summary>Null: nobody listens. A socket file that a dead process left refuses connections like a missing one.</summary>
    private static async Task<CoordinatorConnection?> TryConnectAsync(
        CoordinatorLocation location, CoordinatorProgram program, bool wasStarted, CancellationToken cancellationToken)
    {
        // Its own words first: it may have been started with another runtime folder than ours.
        var named = location.ReadEndpoint()?.Socket;
        if (named is not null && named != location.SocketPath && location.IsOwnSocket(named)
            && await TryOpenAsync(named, cancellationToken) is { } elsewhere)
        {
            return Connected(location, program, named, elsewhere, wasStarted);
        }

        return await TryOpenAsync(location.SocketPath, cancellationToken) is { } stream
            ? Connected(location, program, location.SocketPath, stream, wasStarted)
            : null;
    }

    private static async Task<Stream?> TryOpenAsync(string socketPath, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads the endpoint again: only now is it certain that its writer is the one that listens.</summary>
    private static CoordinatorConnection Connected(
        CoordinatorLocation location, CoordinatorProgram program, string socketPath, Stream stream, bool wasStarted)
    {
        var endpoint = location.ReadEndpoint();
        return new CoordinatorConnection(stream, endpoint?.Socket == socketPath ? endpoint : null, wasStarted, program.Version);
    }

    private string Unanswered(CoordinatorLocation location)
    {
        var holder = location.ReadEndpoint() is { } endpoint ? $" The last one known is process {endpoint.Pid}." : string.Empty;
        return $"No coordinator answered within {Limit.TotalSeconds:0.#} s at {location.SocketPath}.{holder} "
            + $"If one hangs, end it; its log is in {Path.Combine(location.StateDirectory, "logs")}.";
    }
}
