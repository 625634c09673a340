using System.ComponentModel;
using System.Text;
using Agent.Ide.Processes;

namespace Agent.Ide.JsonRpc.Tests;

/// <summary>vscode-jsonrpc in a node process, joined by its standard streams.</summary>
internal sealed class ForeignPeer : IAsyncDisposable
{
    private readonly ChildProcess _node;

    private ForeignPeer(ChildProcess node, RpcConnection connection)
    {
        _node = node;
        Connection = connection;
    }

    public RpcConnection Connection { get; }

    /// <exception cref="InvalidOperationException">Node or the package is missing; the message says how to get them.</exception>
    public static ForeignPeer Start(RpcRouter router, RpcConnectionOptions? options = null)
    {
        var root = FindRepository();
        if (!File.Exists(Path.Combine(root, "node_modules", "vscode-jsonrpc", "package.json")))
        {
            throw new InvalidOperationException($"vscode-jsonrpc is not installed in {root}: run \"npm ci\" there.");
        }

        ChildProcess node;
        try
        {
            node = ChildProcess.Start(new ProcessStart
            {
                FileName = "node",
                Arguments = [Path.Combine(root, "tests", "Agent.Ide.JsonRpc.Tests", "peer", "peer.cjs")],
            });
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"node 20 or newer is not on the PATH: install it, then run \"npm ci\" in {root}.", exception);
        }

        var connection = new RpcConnection(node.StandardOutput, node.StandardInput, router, options);
        connection.Start();
        return new ForeignPeer(node, connection);
    }

    /// <summary>Waits until it ended by itself.</summary>
    public async Task<(int ExitCode, string Error)> WaitForExitAsync()
    {
        using var reader = new StreamReader(_node.StandardError, Encoding.UTF8);
        var error = await reader.ReadToEndAsync().Soon();
        return (await _node.WaitForExitAsync().Soon(), error);
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _node.DisposeAsync();
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Agent.Ide.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No Agent.Ide.sln above {AppContext.BaseDirectory}.");
    }
}
