namespace Agent.Ide.JsonRpc.Tests;

public sealed class BackPressureTests
{
    [Theory]
    [InlineData(10, 8 * 1024 * 1024)]
    [InlineData(10_000, 100_000)]
    public async Task Notify_WhenThePeerDoesNotRead_WaitsOnceTheQueueIsFull(int maxMessages, long maxBytes)
    {
        var options = new RpcConnectionOptions { MaxQueuedMessages = maxMessages, MaxQueuedBytes = maxBytes, CloseTimeout = TimeSpan.FromMilliseconds(50) };
        await using var peer = new RawPeer(options: options);
        var text = new Text(new string('x', 10_000));

        // The one being written, stuck in the stream, counts as waiting: ten of about ten kilobytes fit, or nine by bytes.
        var accepted = 0;
        Task last;
        while ((last = peer.Connection.NotifyAsync("x", text, TestJson.Default.Text, default).AsTask()).IsCompleted)
        {
            accepted++;
            accepted.ShouldBeLessThan(50);
        }

        accepted.ShouldBeInRange(9, 10);
        await peer.ReceiveAsync();
        await last.Soon();
    }

    [Fact]
    public async Task Notify_WhenTheQueueIsFull_CanBeCancelledAndSendsNothing()
    {
        await using var peer = new RawPeer(options: new RpcConnectionOptions { MaxQueuedMessages = 1 });
        await peer.Connection.NotifyAsync("first", new Text(new string('x', 10_000)), TestJson.Default.Text, default);
        using var cancellation = new CancellationTokenSource();
        var second = peer.Connection.NotifyAsync("second", RpcEmpty.Value, RpcEmpty.TypeInfo, cancellation.Token).AsTask();
        var third = peer.Connection.NotifyAsync("third", RpcEmpty.Value, RpcEmpty.TypeInfo, default).AsTask();

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(second.Soon());
        (await peer.ReceiveTextAsync()).ShouldContain("first");
        (await peer.ReceiveTextAsync()).ShouldContain("third");
        await third.Soon();
    }

    [Fact]
    public async Task Requests_PastTheBound_WaitForARunningOneToEnd()
    {
        var running = 0;
        var most = 0;
        var release = new SemaphoreSlim(0);
        var started = new SemaphoreSlim(0);
        var router = new RpcRouter().OnRequest("work", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, async (_, token) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            started.Release();
            await release.WaitAsync(token);
            Interlocked.Decrement(ref running);
            return RpcEmpty.Value;
        });
        await using var pair = new ConnectedPair(right: router, options: new RpcConnectionOptions { MaxConcurrentRequests = 3 });
        var calls = Enumerable.Range(0, 12)
            .Select(_ => pair.Left.InvokeAsync("work", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default))
            .ToArray();
        for (var i = 0; i < 3; i++)
        {
            (await started.WaitAsync(Wait.Limit)).ShouldBeTrue();
        }

        release.Release(12);

        await Task.WhenAll(calls).Soon();
        most.ShouldBe(3);
    }

    [Fact]
    public async Task Reading_WhenRequestsAndQueueAreFull_Pauses()
    {
        var release = new TaskCompletionSource<RpcEmpty>();
        var router = new RpcRouter().OnRequest("work", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) => release.Task);
        var options = new RpcConnectionOptions { MaxConcurrentRequests = 2, MaxQueuedMessages = 4 };
        await using var pair = new ConnectedPair(right: router, options: options);
        var text = new Text(new string('x', 50_000));

        // What fits: two running, one at the door, four queued on each side, one being read and one in the pipe.
        var accepted = 0;
        var stuck = false;
        var notifications = new List<Task>();
        var calls = Enumerable.Range(0, 2 + 1 + 4).Select(_ =>
            pair.Left.InvokeAsync("work", text, TestJson.Default.Text, RpcEmpty.TypeInfo, default)).ToArray();
        while (!stuck)
        {
            var sending = pair.Left.NotifyAsync("x", text, TestJson.Default.Text, default).AsTask();
            notifications.Add(sending);
            stuck = await Task.WhenAny(sending, Task.Delay(200)) != sending;
            accepted++;
            accepted.ShouldBeLessThan(20);
        }

        release.SetResult(RpcEmpty.Value);
        await Task.WhenAll(calls).Soon();
        await Task.WhenAll(notifications).Soon();
    }

    [Fact]
    public async Task Answers_AreStillReadWhileAllRequestSlotsAreTaken()
    {
        var right = new RpcRouter();
        var left = new RpcRouter().OnRequest("ask", RpcEmpty.TypeInfo, TestJson.Default.Text, (_, _) => Task.FromResult(new Text("yes")));
        var toRight = new System.IO.Pipelines.Pipe();
        var toLeft = new System.IO.Pipelines.Pipe();
        await using var server = new RpcConnection(
            toRight.Reader.AsStream(), toLeft.Writer.AsStream(), right, new RpcConnectionOptions { MaxConcurrentRequests = 1 });
        right.OnRequest("work", RpcEmpty.TypeInfo, TestJson.Default.Text, (_, token) =>
            server.InvokeAsync("ask", RpcEmpty.Value, RpcEmpty.TypeInfo, TestJson.Default.Text, token));
        await using var client = new RpcConnection(toLeft.Reader.AsStream(), toRight.Writer.AsStream(), left);
        server.Start();
        client.Start();

        var calls = Enumerable.Range(0, 20).Select(_ =>
            client.InvokeAsync("work", RpcEmpty.Value, RpcEmpty.TypeInfo, TestJson.Default.Text, default));

        (await Task.WhenAll(calls).Soon()).ShouldAllBe(answer => answer.Value == "yes");
    }
}
