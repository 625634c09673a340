using System.Net.Sockets;
using System.Text;
using System.Text.Json.Serialization;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Endpoint;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Client.Tests.Connecting;

/// <summary>
/// A process that starts, locks, listens and reports like a coordinator and does nothing else. Arguments: mode, common
/// directory, runtime folder. Each run leaves a line with its process id and what it said in the file <c>starts</c>.
/// </summary>
public static class FakeCoordinator
{
    public const string Version = "9.9.9";

    /// <summary>An orphan of a failed test must not stay.</summary>
    private static readonly TimeSpan _longestLife = TimeSpan.FromSeconds(60);

    public static async Task<int> Main(string[] arguments)
    {
        var location = CoordinatorLocation.For(arguments[1], arguments[2]);
        location.PrepareStateDirectory();
        switch (arguments[0])
        {
            case "error":
                Say(location, "error the disk is full");
                return 1;
            case "crash":
                Write(2, "something broke");
                return 3;
        }

        FileStream held;
        try
        {
            held = new FileStream(location.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            Say(location, "running");
            return 0;
        }

        await using (held)
        {
            if (arguments[0] == "hesitate")
            {
                await WaitForAnotherAsync(location);
            }

            await ServeAsync(location);
        }

        return 0;
    }

    public static string StartsFile(CoordinatorLocation location) => Path.Combine(location.StateDirectory, "starts");

    private static async Task ServeAsync(CoordinatorLocation location)
    {
        location.PrepareSocketDirectory();
        File.Delete(location.SocketPath);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(location.SocketPath));
        listener.Listen(16);
        location.WriteEndpoint(new CoordinatorEndpoint(Environment.ProcessId, location.SocketPath, Version, DateTimeOffset.UtcNow));
        Say(location, "ready");

        using var end = new CancellationTokenSource(_longestLife);
        var router = new RpcRouter()
            .OnRequest("fake/pid", RpcEmpty.TypeInfo, FakeJson.Default.Int32, (_, _) => Task.FromResult(Environment.ProcessId))
            .OnNotification("fake/end", RpcEmpty.TypeInfo, (_, _) => end.CancelAsync());
        var connections = new List<RpcConnection>();
        try
        {
            while (true)
            {
                var stream = new NetworkStream(await listener.AcceptAsync(end.Token), ownsSocket: true);
                var connection = new RpcConnection(stream, stream, router);
                connections.Add(connection);
                connection.Start();
            }
        }
        catch (OperationCanceledException)
        {
            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>Until a second one was started and found the lock taken.</summary>
    private static async Task WaitForAnotherAsync(CoordinatorLocation location)
    {
        await File.WriteAllTextAsync(Path.Combine(location.StateDirectory, "hesitating"), string.Empty);
        var starts = StartsFile(location);
        using var end = new CancellationTokenSource(_longestLife);
        while (!File.Exists(starts) || !(await File.ReadAllTextAsync(starts, end.Token)).Contains("running", StringComparison.Ordinal))
        {
            await Task.Delay(10, end.Token);
        }
    }

    private static void Say(CoordinatorLocation location, string line)
    {
        File.AppendAllText(StartsFile(location), $"{Environment.ProcessId} {line}\n");
        Write(1, line + "\n");
    }

    private static void Write(int descriptor, string text)
    {
        using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        using var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }
}

[JsonSerializable(typeof(int))]
internal sealed partial class FakeJson : JsonSerializerContext;
