using System.Net.Sockets;

namespace Agent.Ide.JsonRpc.Tests;

/// <summary>Two ends of a real unix socket.</summary>
internal sealed class SocketPair : IDisposable
{
    private SocketPair(Socket near, Socket far)
    {
        Near = new NetworkStream(near, ownsSocket: true);
        Far = far;
    }

    public NetworkStream Near { get; }

    public Socket Far { get; }

    public static async Task<SocketPair> ConnectAsync()
    {
        var folder = Directory.CreateTempSubdirectory("jsonrpc-").FullName;
        try
        {
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "s")));
            listener.Listen(1);
            var far = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await far.ConnectAsync(listener.LocalEndPoint!).Soon();
            return new SocketPair(await listener.AcceptAsync().Soon(), far);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Dispose()
    {
        Near.Dispose();
        Far.Dispose();
    }
}
