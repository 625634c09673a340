using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Hosting.Connections;

/// <summary>Lets in whom the coordinator serves, and no more than it can serve, before a byte of theirs is read.</summary>
internal sealed class ConnectionGate(ConnectionLimits limits, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan ToldAgain = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, int> _byProcess = [];
    private int _open;
    private long _told;
    private bool _hasTold;

    /// <returns>To be disposed of with the connection; null where it was refused and closed.</returns>
    public IDisposable? Admit(Socket socket)
    {
        PeerCredentials? peer;
        try
        {
            peer = PeerCredentials.Of(socket);
        }
        catch (SocketException)
        {
            return Refuse(socket, "it was gone before it was asked who it is");
        }

        if (peer is { IsOwnUser: false } stranger)
        {
            return Refuse(socket, $"it belongs to user {stranger.UserId} (process {stranger.ProcessId})");
        }

        var process = peer?.ProcessId ?? 0;
        lock (_gate)
        {
            var own = _byProcess.GetValueOrDefault(process);
            if (_open < limits.MaxConnections && (process == 0 || own < limits.MaxPerProcess))
            {
                _open++;
                _byProcess[process] = own + 1;
                return new Admission(this, process);
            }
        }

        return Refuse(socket, $"there are too many ({limits.MaxConnections} in all, {limits.MaxPerProcess} of process {process})");
    }

    private IDisposable? Refuse(Socket socket, string why)
    {
        socket.Dispose();
        lock (_gate)
        {
            // A flood of connections must not become a flood of lines.
            if (_hasTold && time.GetElapsedTime(_told) < ToldAgain)
            {
                return null;
            }

            _hasTold = true;
            _told = time.GetTimestamp();
        }

        logger.LogWarning("A connection was refused: {Why}.", why);
        return null;
    }

    private void Leave(int process)
    {
        lock (_gate)
        {
            _open--;
            if (--_byProcess[process] == 0)
            {
                _byProcess.Remove(process);
            }
        }
    }

    private sealed class Admission(ConnectionGate gate, int process) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                gate.Leave(process);
            }
        }
    }
}
