using System.Net.Sockets;
using Agent.Ide.Client;
using Agent.Ide.Git;

namespace Agent.Ide.Cli.Hosting;

/// <summary>
/// A connection to the coordinator of a folder, begun before the editor asks for it: an editor that starts takes a while until it does. No
/// coordinator is started for it, because only the editor's request brings the keys that one goes on with.
/// </summary>
internal sealed class EarlyConnection : IAsyncDisposable
{
    private readonly string _folder;
    private readonly CancellationTokenSource _left;
    private readonly Task<(RepositoryLocation? Repository, Stream? Stream)> _opening;
    private bool _isTaken;

    /// <param name="coordinators">Finds the repository, and its coordinator.</param>
    /// <param name="folder">Which one the editor will probably name.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public EarlyConnection(ICoordinatorAccess coordinators, string folder, CancellationToken cancellationToken)
    {
        _folder = folder;
        _left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _opening = OpenAsync(coordinators, folder, _left.Token);
    }

    /// <returns>The repository of a folder where it is known from this; null where it has to be found.</returns>
    public async Task<RepositoryLocation?> RepositoryOfAsync(string folder) =>
        folder == _folder ? (await _opening).Repository : null;

    /// <returns>The connection, for the caller to close; null where there is none to that repository, or its coordinator has ended meanwhile.</returns>
    public async Task<Stream?> TakeAsync(RepositoryLocation repository)
    {
        var (opened, stream) = await _opening;
        if (opened != repository || stream is null || IsClosed(stream))
        {
            return null;
        }

        _isTaken = true;
        return stream;
    }

    public async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        var (_, stream) = await _opening;
        if (!_isTaken && stream is not null)
        {
            await stream.DisposeAsync();
        }

        _left.Dispose();
    }

    /// <summary>A coordinator says nothing before it is asked, so where there is something to read it is the end.</summary>
    private static bool IsClosed(Stream stream) => stream is NetworkStream { Socket: var socket } && socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);

    private static async Task<(RepositoryLocation?, Stream?)> OpenAsync(ICoordinatorAccess coordinators, string folder, CancellationToken cancellationToken)
    {
        RepositoryLocation? repository = null;
        try
        {
            repository = await coordinators.LocateAsync(folder, cancellationToken);
            return (repository, await coordinators.TryOpenAsync(repository, cancellationToken));
        }
        catch (Exception e) when (e is GitException or AgentRequestException or OperationCanceledException)
        {
            // What is wrong here is wrong still when the editor asks, and is told then.
            return (repository, null);
        }
    }
}
