using System.Net.Sockets;

namespace Agent.Ide.JsonRpc.Tests;

public sealed class EndTests
{
    [Fact]
    public async Task EndOfStream_FailsPendingCallsAndCompletes()
    {
        await using var peer = new RawPeer();
        var call = peer.Connection.InvokeAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default);
        await peer.ReceiveAsync();

        peer.EndInput();

        await Should.ThrowAsync<ConnectionClosedException>(call.Soon());
        await peer.Connection.Completion.Soon();
        await Should.ThrowAsync<ConnectionClosedException>(
            peer.Connection.InvokeAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default).Soon());
        await Should.ThrowAsync<ConnectionClosedException>(
            peer.Connection.NotifyAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, default).Soon());
        peer.Problems.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task EndOfStream_CancelsRunningRequests()
    {
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        var router = new RpcRouter().OnRequest("wait", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, async (_, token) =>
        {
            await using var registration = token.Register(cancelled.SetResult);
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return RpcEmpty.Value;
        });
        await using var peer = new RawPeer(router);
        await peer.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"wait"}""");
        await started.Task.Soon();

        peer.EndInput();

        await cancelled.Task.Soon();
        await peer.Connection.Completion.Soon();
        peer.Problems.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task EndOfStream_LeavesNoReceivedNotificationUnhandled()
    {
        var seen = new List<int>();
        var router = new RpcRouter().OnNotification("count", TestJson.Default.Total, async (total, _) =>
        {
            await Task.Yield();
            seen.Add(total.Value);
        });
        await using var peer = new RawPeer(router);
        for (var n = 0; n < 100; n++)
        {
            await peer.SendAsync($$$"""{"jsonrpc":"2.0","method":"count","params":{"value":{{{n}}}}}""");
        }

        peer.EndInput();

        await peer.Connection.Completion.Soon();
        seen.ShouldBe(Enumerable.Range(0, 100));
    }

    [Fact]
    public async Task Dispose_WritesWhatIsQueuedAndEndsTheStream()
    {
        var peer = new RawPeer();
        await peer.Connection.NotifyAsync("bye", RpcEmpty.Value, RpcEmpty.TypeInfo, default);

        await peer.DisposeAsync().AsTask().Soon();

        (await peer.ReceiveRestAsync()).ShouldEndWith("""{"jsonrpc":"2.0","method":"bye"}""");
    }

    [Fact]
    public async Task Dispose_FailsPendingCallsAndCancelsHandlers()
    {
        var started = new TaskCompletionSource();
        var ended = false;
        var router = new RpcRouter().OnRequest("wait", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, async (_, token) =>
        {
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                ended = true;
            }

            return RpcEmpty.Value;
        });
        var peer = new RawPeer(router);
        await peer.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"wait"}""");
        await started.Task.Soon();
        var call = peer.Connection.InvokeAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default);

        await peer.DisposeAsync().AsTask().Soon();

        ended.ShouldBeTrue();
        await Should.ThrowAsync<ConnectionClosedException>(call.Soon());
        await peer.DisposeAsync().AsTask().Soon();
    }

    [Fact]
    public async Task Dispose_WithAHandlerThatIgnoresItsToken_EndsAfterTheCloseTimeout()
    {
        var started = new TaskCompletionSource();
        var router = new RpcRouter().OnNotification("hang", RpcEmpty.TypeInfo, (_, _) =>
        {
            started.SetResult();
            return new TaskCompletionSource().Task;
        });
        var peer = new RawPeer(router, new RpcConnectionOptions { CloseTimeout = TimeSpan.FromMilliseconds(50) });
        await peer.SendAsync("""{"jsonrpc":"2.0","method":"hang"}""");
        await started.Task.Soon();

        await peer.DisposeAsync().AsTask().Soon();

        (await peer.Problems.NextAsync()).Message.ShouldContain("does not obey");
    }

    [Fact]
    public async Task Dispose_BeforeStart_FailsWhatWasAsked()
    {
        var connection = new RpcConnection(new MemoryStream(), new MemoryStream(), new RpcRouter());
        var call = connection.InvokeAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default);

        await connection.DisposeAsync().AsTask().Soon();

        await Should.ThrowAsync<ConnectionClosedException>(call.Soon());
        await connection.Completion.Soon();
    }

    [Fact]
    public async Task Write_ToAPeerThatClosedItsReadingSide_StillReadsWhatItSaidLast()
    {
        var said = new TaskCompletionSource<string>();
        var router = new RpcRouter().OnNotification("last", TestJson.Default.Text, (text, _) =>
        {
            said.SetResult(text.Value);
            return Task.CompletedTask;
        });
        var problems = new Problems();
        using var pair = await SocketPair.ConnectAsync();
        var options = new RpcConnectionOptions { OnProblem = problems.Add, CloseTimeout = Wait.Limit };
        await using var connection = new RpcConnection(pair.Near, pair.Near, router, options);
        connection.Start();
        pair.Far.Shutdown(SocketShutdown.Receive);
        await connection.NotifyAsync("anyone", RpcEmpty.Value, RpcEmpty.TypeInfo, default);
        (await problems.NextAsync()).Message.ShouldContain("does not read any more");

        await pair.Far.SendAsync(RawPeer.Frame("""{"jsonrpc":"2.0","method":"last","params":{"value":"words"}}"""));
        pair.Far.Shutdown(SocketShutdown.Send);

        (await said.Task.Soon()).ShouldBe("words");
        await connection.Completion.Soon();
    }

    [Fact]
    public async Task Write_ToAPeerThatClosedOnlyItsReadingSide_EndsTheConnectionAfterTheCloseTimeout()
    {
        using var pair = await SocketPair.ConnectAsync();
        var options = new RpcConnectionOptions { CloseTimeout = TimeSpan.FromMilliseconds(50) };
        await using var connection = new RpcConnection(pair.Near, pair.Near, new RpcRouter(), options);
        connection.Start();
        pair.Far.Shutdown(SocketShutdown.Receive);

        var call = connection.InvokeAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default);

        await Should.ThrowAsync<ConnectionClosedException>(call.Soon());
        await connection.Completion.Soon();
    }

    [Fact]
    public async Task Completion_WhenASocketPeerVanishes_EndsWithoutAnError()
    {
        using var pair = await SocketPair.ConnectAsync();
        await using var connection = new RpcConnection(pair.Near, pair.Near, new RpcRouter());
        connection.Start();
        var call = connection.InvokeAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default);

        // Unread bytes in its buffer make the system reset the connection.
        (await pair.Far.ReceiveAsync(new byte[1])).ShouldBe(1);
        pair.Far.Dispose();

        await Should.ThrowAsync<ConnectionClosedException>(call.Soon());
        await connection.Completion.Soon();
    }
}
