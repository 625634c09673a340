namespace Agent.Ide.JsonRpc.Tests;

public sealed class OrderTests
{
    [Fact]
    public async Task Notifications_AreHandledInOrderOneAtATime()
    {
        var seen = new List<int>();
        var running = 0;
        var done = new TaskCompletionSource();
        var router = new RpcRouter().OnNotification("count", TestJson.Default.Total, async (total, _) =>
        {
            Interlocked.Increment(ref running).ShouldBe(1);
            await Task.Yield();
            seen.Add(total.Value);
            Interlocked.Decrement(ref running);
            if (total.Value == 999)
            {
                done.SetResult();
            }
        });
        await using var pair = new ConnectedPair(right: router);

        for (var i = 0; i < 1000; i++)
        {
            await pair.Left.NotifyAsync("count", new Total(i), TestJson.Default.Total, default).Soon();
        }

        await done.Task.Soon();
        seen.ShouldBe(Enumerable.Range(0, 1000));
        pair.Problems.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Notifications_SentWithoutWaiting_LeaveInTheOrderOfTheCalls()
    {
        await using var peer = new RawPeer(options: new RpcConnectionOptions { MaxQueuedMessages = 3 });
        var sending = Enumerable.Range(0, 300)
            .Select(n => peer.Connection.NotifyAsync("count", new Total(n), TestJson.Default.Total, default).AsTask())
            .ToArray();

        for (var n = 0; n < 300; n++)
        {
            (await peer.ReceiveAsync()).GetProperty("params").GetProperty("value").GetInt32().ShouldBe(n);
        }

        await Task.WhenAll(sending).Soon();
    }

    [Fact]
    public async Task Request_IsDispatchedAfterTheNotificationsBeforeIt()
    {
        var text = "old";
        var release = new TaskCompletionSource();
        var router = new RpcRouter()
            .OnNotification("change", TestJson.Default.Text, async (change, _) =>
            {
                await release.Task;
                text = change.Value;
            })
            .OnRequest("read", RpcEmpty.TypeInfo, TestJson.Default.Text, (_, _) => Task.FromResult(new Text(text)));
        await using var pair = new ConnectedPair(right: router);

        await pair.Left.NotifyAsync("change", new Text("new"), TestJson.Default.Text, default);
        var read = pair.Left.InvokeAsync("read", RpcEmpty.Value, RpcEmpty.TypeInfo, TestJson.Default.Text, default);
        release.SetResult();

        (await read.Soon()).Value.ShouldBe("new");
    }

    [Fact]
    public async Task Notification_AfterASlowRequest_DoesNotWaitForIt()
    {
        var release = new TaskCompletionSource<RpcEmpty>();
        var router = new RpcRouter()
            .OnRequest("slow", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) => release.Task)
            .OnNotification("release", RpcEmpty.TypeInfo, (_, _) =>
            {
                release.SetResult(RpcEmpty.Value);
                return Task.CompletedTask;
            });
        await using var pair = new ConnectedPair(right: router);

        var slow = pair.Left.InvokeAsync("slow", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default);
        await pair.Left.NotifyAsync("release", RpcEmpty.Value, RpcEmpty.TypeInfo, default);

        await slow.Soon();
    }

    [Fact]
    public async Task Notification_WhoseHandlerFails_IsReportedAndTheNextIsHandled()
    {
        var second = new TaskCompletionSource();
        var router = new RpcRouter()
            .OnNotification("bad", RpcEmpty.TypeInfo, (_, _) => throw new InvalidOperationException("broken"))
            .OnNotification("good", RpcEmpty.TypeInfo, (_, _) =>
            {
                second.SetResult();
                return Task.CompletedTask;
            });
        await using var pair = new ConnectedPair(right: router);

        await pair.Left.NotifyAsync("bad", RpcEmpty.Value, RpcEmpty.TypeInfo, default);
        await pair.Left.NotifyAsync("good", RpcEmpty.Value, RpcEmpty.TypeInfo, default);

        await second.Task.Soon();
        (await pair.Problems.NextAsync()).Message.ShouldContain("bad: the handler of this notification failed: broken");
    }

    [Fact]
    public async Task Notification_NobodyHandles_IsReportedUnlessOptional()
    {
        await using var peer = new RawPeer();

        await peer.SendAsync("""{"jsonrpc":"2.0","method":"$/setTrace","params":{"value":"off"}}""");
        await peer.SendAsync("""{"jsonrpc":"2.0","method":"unknown"}""");

        (await peer.Problems.NextAsync()).Message.ShouldStartWith("unknown:");
    }
}
