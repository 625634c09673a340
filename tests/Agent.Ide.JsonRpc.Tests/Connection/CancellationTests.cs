namespace Agent.Ide.JsonRpc.Tests;

public sealed class CancellationTests
{
    [Fact]
    public async Task Cancel_OfACall_CancelsTheHandlersToken()
    {
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        var router = new RpcRouter().OnRequest("wait", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, async (_, token) =>
        {
            started.SetResult();
            await using var registration = token.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, token);
            return RpcEmpty.Value;
        });
        await using var pair = new ConnectedPair(right: router);
        using var cancellation = new CancellationTokenSource();
        var call = pair.Left.InvokeAsync("wait", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, cancellation.Token);
        await started.Task.Soon();

        await cancellation.CancelAsync();

        var thrown = await Should.ThrowAsync<OperationCanceledException>(call.Soon());
        thrown.CancellationToken.ShouldBe(cancellation.Token);
        await cancelled.Task.Soon();
    }

    [Fact]
    public async Task CancelRequest_FromThePeer_IsAnsweredWithMinus32800()
    {
        var router = new RpcRouter().OnRequest("wait", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return RpcEmpty.Value;
        });
        await using var peer = new RawPeer(router);

        await peer.SendAsync("""{"jsonrpc":"2.0","id":"w","method":"wait"}""");
        await peer.SendAsync("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"w"}}""");

        var answer = await peer.ReceiveAsync();
        answer.GetProperty("id").GetString().ShouldBe("w");
        answer.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(-32800);
        peer.Problems.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task CancelRequest_WhileTheRequestWaitsForItsTurn_KeepsItFromRunning()
    {
        var ran = false;
        var release = new TaskCompletionSource();
        var router = new RpcRouter()
            .OnNotification("hold", RpcEmpty.TypeInfo, (_, _) => release.Task)
            .OnRequest("late", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) =>
            {
                ran = true;
                return Task.FromResult(RpcEmpty.Value);
            })
            .OnRequest("ping", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) => Task.FromResult(RpcEmpty.Value));
        await using var peer = new RawPeer(router);
        await peer.SendAsync("""{"jsonrpc":"2.0","method":"hold"}""");
        await peer.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"late"}""");
        await peer.SendAsync("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}""");

        // A refusal comes from the reading itself: once it is here, the cancellation before it was read.
        await peer.SendAsync("[]");
        await peer.ReceiveAsync();
        release.SetResult();

        (await peer.ReceiveAsync()).GetProperty("error").GetProperty("code").GetInt32().ShouldBe(-32800);
        ran.ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"params\":null")]
    [InlineData(",\"params\":[1]")]
    [InlineData(",\"params\":{\"id\":{}}")]
    [InlineData(",\"params\":{\"\\ud800\":1,\"id\":1}")]
    public async Task CancelRequest_WithoutAnId_IsReportedAndTheConnectionGoesOn(string member)
    {
        await using var peer = new RawPeer();

        await peer.SendAsync($$"""{"jsonrpc":"2.0","method":"$/cancelRequest"{{member}}}""");

        (await peer.Problems.NextAsync()).Message.ShouldContain("without an id");
        peer.Connection.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task CancelRequest_OfWhatHasEnded_IsIgnored()
    {
        await using var peer = new RawPeer();

        await peer.SendAsync("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":99}}""");
        await peer.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"x"}""");

        (await peer.ReceiveAsync()).GetProperty("id").GetInt32().ShouldBe(1);
        peer.Problems.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Cancel_OfACall_SendsCancelRequestAfterItAndDropsTheLateAnswer()
    {
        await using var peer = new RawPeer();
        using var cancellation = new CancellationTokenSource();
        var call = peer.Connection.InvokeAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, cancellation.Token);
        var id = (await peer.ReceiveAsync()).GetProperty("id").GetInt32();

        await cancellation.CancelAsync();

        // Thrown although the peer has not answered.
        await Should.ThrowAsync<OperationCanceledException>(call.Soon());
        (await peer.ReceiveTextAsync()).ShouldBe($$$"""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":{{{id}}}}}""");
        await peer.SendAsync($$$"""{"jsonrpc":"2.0","id":{{{id}}},"error":{"code":-32800,"message":"cancelled"}}""");
        await peer.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"x"}""");
        await peer.ReceiveAsync();
        peer.Problems.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Invoke_WithACancelledToken_SendsNothing()
    {
        await using var peer = new RawPeer();

        await Should.ThrowAsync<OperationCanceledException>(
            peer.Connection.InvokeAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, new CancellationToken(true)));

        await peer.Connection.NotifyAsync("next", RpcEmpty.Value, RpcEmpty.TypeInfo, default);
        (await peer.ReceiveTextAsync()).ShouldContain("next");
    }

    [Fact]
    public async Task Handler_ThatThrowsItsOwnCancellation_IsAnInternalError()
    {
        var router = new RpcRouter().OnRequest<RpcEmpty, RpcEmpty>(
            "timeout", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) => throw new OperationCanceledException("too slow"));
        await using var pair = new ConnectedPair(right: router);

        var error = await Should.ThrowAsync<RpcErrorException>(
            pair.Left.InvokeAsync("timeout", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default).Soon());

        error.Code.ShouldBe(RpcErrorCodes.InternalError);
    }
}
