namespace Agent.Ide.JsonRpc.Tests;

/// <summary>A peer that stalls, or floods, holds up nobody for longer than it may.</summary>
public sealed class SlowPeerTests
{
    [Theory]
    [InlineData("Content-Len")]
    [InlineData("Content-Length: 100\r\n\r\n")]
    [InlineData("Content-Length: 100\r\n\r\n{\"jsonrpc\":")]
    public async Task Read_AMessageThatNeverBecomesWhole_EndsTheConnection(string begun)
    {
        await using var peer = new RawPeer(options: new RpcConnectionOptions { MessageTimeout = TimeSpan.FromMilliseconds(50) });

        await peer.SendTextAsync(begun);

        var failure = await Should.ThrowAsync<RpcFramingException>(peer.Connection.Completion.Soon());
        failure.Message.ShouldContain("did not arrive whole");
    }

    [Fact]
    public async Task Read_APeerThatSaysNothing_IsWaitedFor()
    {
        var answered = new RpcRouter().OnRequest("ping", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (p, _) => Task.FromResult(p));
        await using var peer = new RawPeer(answered, new RpcConnectionOptions { MessageTimeout = TimeSpan.FromMilliseconds(1) });

        for (var number = 1; number <= 3; number++)
        {
            await peer.SendAsync($$"""{"jsonrpc":"2.0","id":{{number}},"method":"ping"}""");
            (await peer.ReceiveAsync()).GetProperty("id").GetInt32().ShouldBe(number);
        }
    }

    [Fact]
    public async Task Read_AMessageLongerThanThePeerMaySend_EndsTheConnection_UntilTheBoundIsRaised()
    {
        var answered = new RpcRouter().OnRequest("ping", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (p, _) => Task.FromResult(p));
        await using var peer = new RawPeer(answered, new RpcConnectionOptions { MaxIncomingBytes = 64 });
        var padding = new string(' ', 100);

        peer.Connection.MaxIncomingBytes = 1024;
        await peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"ping"}{{padding}}""");
        (await peer.ReceiveAsync()).GetProperty("id").GetInt32().ShouldBe(1);
        peer.Connection.MaxIncomingBytes = 64;
        await peer.SendAsync($$"""{"jsonrpc":"2.0","id":2,"method":"ping"}""");
        await peer.ReceiveAsync();
        await peer.SendAsync($$"""{"jsonrpc":"2.0","id":3,"method":"ping"}{{padding}}""");

        await Should.ThrowAsync<RpcFramingException>(peer.Connection.Completion.Soon());
    }

    [Fact]
    public async Task Read_AFlood_IsReadAtItsRate_AndNothingOfItIsLost()
    {
        var counted = 0;
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var router = new RpcRouter().OnNotification("n", RpcEmpty.TypeInfo, (_, _) =>
        {
            if (Interlocked.Increment(ref counted) == 30)
            {
                last.SetResult();
            }

            return Task.CompletedTask;
        });
        var started = TimeProvider.System.GetTimestamp();
        await using var peer = new RawPeer(router, new RpcConnectionOptions { MessagesPerSecond = 5 });

        for (var number = 0; number < 30; number++)
        {
            await peer.SendAsync("""{"jsonrpc":"2.0","method":"n"}""");
        }

        // 20 in the first burst, the other 10 at 5 a second: no clock that is late makes that faster.
        await last.Task.Soon();
        TimeProvider.System.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromSeconds(1.5));
    }

    [Fact]
    public async Task Write_APeerThatReadsNothing_CountsAsGone()
    {
        await using var peer = new RawPeer(options: new RpcConnectionOptions { WriteTimeout = TimeSpan.FromMilliseconds(50) });

        for (var number = 0; number < 200 && !peer.Connection.Completion.IsCompleted; number++)
        {
            try
            {
                await peer.Connection.NotifyAsync("n", new Text(new string('x', 1000)), TestJson.Default.Text, default).Soon();
            }
            catch (ConnectionClosedException)
            {
                break;
            }
        }

        await peer.Connection.Completion.ContinueWith(static _ => { }, TaskScheduler.Default).Soon();
    }
}
