using System.Text.Json;

namespace Agent.Ide.JsonRpc.Tests;

/// <summary>The same wire as vscode-jsonrpc, the library behind VS Code's language clients and servers.</summary>
public sealed class ForeignPeerTests : IAsyncDisposable
{
    private readonly Problems _problems = new();
    private readonly TaskCompletionSource _waiting = new();
    private readonly TaskCompletionSource _cancelledThere = new();
    private readonly TaskCompletionSource _started = new();
    private readonly TaskCompletionSource _cancelledHere = new();
    private readonly List<int> _counted = [];
    private readonly ForeignPeer _peer;

    public ForeignPeerTests()
    {
        var router = new RpcRouter()
            .OnNotification("test/waiting", RpcEmpty.TypeInfo, (_, _) => Signal(_waiting))
            .OnNotification("test/cancelled", RpcEmpty.TypeInfo, (_, _) => Signal(_cancelledThere))
            .OnNotification("test/count", TestJson.Default.Total, (total, _) =>
            {
                _counted.Add(total.Value);
                return Task.CompletedTask;
            })
            .OnRequest("test/counted", RpcEmpty.TypeInfo, TestJson.Default.Int32Array, (_, _) => Task.FromResult(_counted.ToArray()))
            .OnRequest("test/double", TestJson.Default.Total, TestJson.Default.Total, (total, _) => Task.FromResult(new Total(2 * total.Value)))
            .OnRequest("test/started", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, async (_, token) =>
            {
                await _started.Task.WaitAsync(token);
                return RpcEmpty.Value;
            })
            .OnRequest("test/wait", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, async (_, token) =>
            {
                await using var registration = token.Register(_cancelledHere.SetResult);
                _started.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                return RpcEmpty.Value;
            })
            .OnRequest<RpcEmpty, RpcEmpty>("test/fail", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) => throw Failure());
        _peer = ForeignPeer.Start(router, new RpcConnectionOptions { OnProblem = _problems.Add });
    }

    public ValueTask DisposeAsync() => _peer.DisposeAsync();

    [Fact]
    public async Task Invoke_WithTextOfAllPlanes_ComesBackWhole()
    {
        var text = string.Concat(Enumerable.Repeat("a ñ € 😀 \u0000 \" \\ \u2028 ", 20_000));

        var echoed = await _peer.Connection.InvokeAsync("peer/echo", new Text(text), TestJson.Default.Text, TestJson.Default.Text, default).Soon();

        echoed.Value.ShouldBe(text);
    }

    [Fact]
    public async Task Invoke_ManyAtOnceWhileThePeerCallsBack_AnswersAll()
    {
        var back = CallAsync("peer/callManyAtOnce", new Total(200));
        var calls = Enumerable.Range(0, 200).Select(n =>
            _peer.Connection.InvokeAsync("peer/echo", new Total(n), TestJson.Default.Total, TestJson.Default.Total, default));

        (await Task.WhenAll(calls).Soon()).Select(total => total.Value).ShouldBe(Enumerable.Range(0, 200));
        (await back).EnumerateArray().Select(value => value.GetInt32()).ShouldBe(Enumerable.Range(0, 200).Select(n => 2 * n));
    }

    [Fact]
    public async Task Invoke_WhenThePeerFails_GetsItsCodeMessageAndData()
    {
        var error = await Should.ThrowAsync<RpcErrorException>(CallAsync("peer/fail"));

        error.Code.ShouldBe(4711);
        error.Message.ShouldBe("Überlappung in a/b.");
        error.ErrorData!.Value.GetRawText().ShouldBe("""{"path":"a/b","lines":[1,2]}""");
    }

    [Fact]
    public async Task Invoke_AMethodThePeerDoesNotHave_IsMethodNotFound()
    {
        var error = await Should.ThrowAsync<RpcErrorException>(CallAsync("peer/nothing"));

        error.Code.ShouldBe(RpcErrorCodes.MethodNotFound);
    }

    [Fact]
    public async Task Cancel_OfOurCall_ReachesThePeersToken()
    {
        using var cancellation = new CancellationTokenSource();
        var call = _peer.Connection.InvokeAsync("peer/wait", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, cancellation.Token);
        await _waiting.Task.Soon();

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(call.Soon());
        await _cancelledThere.Task.Soon();
        await CallAsync("peer/counted");
        _problems.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Cancel_OfThePeersCall_ReachesOurTokenAndIsAnsweredWithMinus32800()
    {
        var outcome = await CallAsync("peer/callAndCancel");

        outcome.GetProperty("code").GetInt32().ShouldBe(-32800);
        await _cancelledHere.Task.Soon();
        _problems.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Failure_OfOurHandler_ReachesThePeerWithItsData()
    {
        var outcome = await CallAsync("peer/callFailing");

        outcome.GetRawText().ShouldBe("""{"code":1234,"message":"Nicht möglich.","data":{"hint":"try again"}}""");
    }

    [Fact]
    public async Task UnknownMethod_OfOurs_ReachesThePeerAsMethodNotFound()
    {
        var outcome = await CallAsync("peer/callUnknown");

        outcome.GetProperty("code").GetInt32().ShouldBe(RpcErrorCodes.MethodNotFound);
    }

    [Fact]
    public async Task Parameters_ByPosition_AreReadWhenThereIsOne()
    {
        (await CallAsync("peer/callByPosition")).GetProperty("value").GetInt32().ShouldBe(42);
        (await CallAsync("peer/callWithTwoByPosition")).GetProperty("code").GetInt32().ShouldBe(RpcErrorCodes.InvalidParams);
    }

    [Fact]
    public async Task Notifications_BothWays_KeepTheirOrder()
    {
        for (var n = 0; n < 500; n++)
        {
            await _peer.Connection.NotifyAsync("peer/count", new Total(n), TestJson.Default.Total, default).Soon();
        }

        (await CallAsync("peer/counted")).EnumerateArray().Select(value => value.GetInt32()).ShouldBe(Enumerable.Range(0, 500));
        (await CallAsync("peer/notifyInOrder", new Total(500))).EnumerateArray().Select(value => value.GetInt32()).ShouldBe(Enumerable.Range(0, 500));
    }

    [Fact]
    public async Task End_OfOurSide_EndsThePeer()
    {
        await CallAsync("peer/counted");

        await _peer.Connection.DisposeAsync().AsTask().Soon();

        (await _peer.WaitForExitAsync()).ShouldBe((0, string.Empty));
    }

    [Fact]
    public async Task End_OfThePeer_EndsOurSide()
    {
        var pending = _peer.Connection.InvokeAsync("peer/wait", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default);
        await _waiting.Task.Soon();

        await _peer.Connection.NotifyAsync("peer/exit", RpcEmpty.Value, RpcEmpty.TypeInfo, default);

        await Should.ThrowAsync<ConnectionClosedException>(pending.Soon());
        await _peer.Connection.Completion.Soon();
    }

    private static Task Signal(TaskCompletionSource source)
    {
        source.TrySetResult();
        return Task.CompletedTask;
    }

    private static RpcErrorException Failure()
    {
        using var document = JsonDocument.Parse("""{"hint":"try again"}""");
        return new RpcErrorException(1234, "Nicht möglich.", document.RootElement.Clone());
    }

    private Task<JsonElement> CallAsync(string method) =>
        _peer.Connection.InvokeAsync(method, RpcEmpty.Value, RpcEmpty.TypeInfo, TestJson.Default.JsonElement, default).Soon();

    private Task<JsonElement> CallAsync(string method, Total value) =>
        _peer.Connection.InvokeAsync(method, value, TestJson.Default.Total, TestJson.Default.JsonElement, default).Soon();
}
