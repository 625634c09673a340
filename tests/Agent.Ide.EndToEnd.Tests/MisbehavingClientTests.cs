using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Agent.Ide.Testing.Programs;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>Whatever connections do to a coordinator, an honest front end is served, and the coordinator stays small.</summary>
public sealed class MisbehavingClientTests
{
    private const int Each = 10;

    [Fact]
    public async Task FiftyConnectionsThatStallFloodAndLie_HoldUpNobody()
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("go on", Script.Write("a.txt", "a\n"), Script.Finish("Done.")), ("README.md", "hello\n"));
        (await all.Program.RunAsync("tasks")).ShouldEndWith(0);
        var endpoint = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(all.Repository.Path, ".git", "agent-ide", "coordinator.json")))!;
        var socket = endpoint["socket"]!.GetValue<string>();
        var pid = endpoint["pid"]!.GetValue<int>();
        var connections = new List<Socket>();
        try
        {
            for (var number = 0; number < Each; number++)
            {
                connections.Add(await OpenAsync(socket, string.Empty));
                connections.Add(await OpenAsync(socket, "Content-Len"));
                connections.Add(await OpenAsync(socket, "Content-Length: 2000000000\r\n\r\n"));
                connections.Add(await OpenAsync(socket, Frame(new string('[', 100_000))));
                connections.Add(await OpenAsync(socket, string.Concat(Enumerable.Repeat(Frame("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"x"}}"""), 2_000))));
            }

            var run = await all.Program.RunAsync("run", "go on").WaitAsync(RunningProgram.Patience);

            run.ShouldEndWith(0);
            all.Program.CoordinatorPid().ShouldBe(pid, "it is still the same coordinator");
            ResidentMegabytes(pid).ShouldBeLessThan(250);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private static string Frame(string body) => $"Content-Length: {body.Length}\r\n\r\n{body}";

    private static async Task<Socket> OpenAsync(string path, string text)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        if (text.Length > 0)
        {
            // Left to itself: what the coordinator does not read must not hold up the test either.
            _ = socket.SendAsync(Encoding.ASCII.GetBytes(text)).ContinueWith(static sent => _ = sent.Exception, TaskScheduler.Default);
        }

        return socket;
    }

    private static long ResidentMegabytes(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        return process.WorkingSet64 / (1024 * 1024);
    }
}
