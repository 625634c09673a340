using System.IO.Pipelines;

namespace Agent.Ide.JsonRpc.Tests;

/// <summary>Two connections of ours, back to back.</summary>
internal sealed class ConnectedPair : IAsyncDisposable
{
    public ConnectedPair(RpcRouter? left = null, RpcRouter? right = null, RpcConnectionOptions? options = null)
    {
        var toRight = new Pipe();
        var toLeft = new Pipe();
        var reporting = (options ?? new RpcConnectionOptions()) with { OnProblem = Problems.Add };
        Left = new RpcConnection(toLeft.Reader.AsStream(), toRight.Writer.AsStream(), left ?? new RpcRouter(), reporting);
        Right = new RpcConnection(toRight.Reader.AsStream(), toLeft.Writer.AsStream(), right ?? new RpcRouter(), reporting);
        Left.Start();
        Right.Start();
    }

    public RpcConnection Left { get; }

    public RpcConnection Right { get; }

    public Problems Problems { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await Left.DisposeAsync();
        await Right.DisposeAsync();
    }
}
