using System.Text.Json;

namespace Agent.Ide.JsonRpc.Tests;

public sealed class CallTests
{
    [Fact]
    public async Task Invoke_BothWaysAtOnce_GetsEachItsAnswer()
    {
        static RpcRouter Adder() => new RpcRouter()
            .OnRequest("add", TestJson.Default.Operands, TestJson.Default.Total, (o, _) => Task.FromResult(new Total(o.Left + o.Right)));
        await using var pair = new ConnectedPair(Adder(), Adder());

        var calls = Enumerable.Range(0, 500).Select(async n =>
        {
            var connection = n % 2 == 0 ? pair.Left : pair.Right;
            return (await connection.InvokeAsync("add", new Operands(n, n), TestJson.Default.Operands, TestJson.Default.Total, default)).Value - (2 * n);
        });

        (await Task.WhenAll(calls).Soon()).ShouldAllBe(difference => difference == 0);
        pair.Problems.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Handler_ThatCallsItsPeerBack_IsAnswered()
    {
        var right = new RpcRouter();
        var left = new RpcRouter()
            .OnRequest("name", RpcEmpty.TypeInfo, TestJson.Default.Text, (_, _) => Task.FromResult(new Text("left")));
        await using var pair = new ConnectedPair(left);
        var toRight = new System.IO.Pipelines.Pipe();
        var toLeft = new System.IO.Pipelines.Pipe();
        await using var server = new RpcConnection(toRight.Reader.AsStream(), toLeft.Writer.AsStream(), right);
        right.OnRequest("greet", RpcEmpty.TypeInfo, TestJson.Default.Text, async (_, token) =>
        {
            var name = await server.InvokeAsync("name", RpcEmpty.Value, RpcEmpty.TypeInfo, TestJson.Default.Text, token);
            return new Text($"hello {name.Value}");
        });
        await using var client = new RpcConnection(toLeft.Reader.AsStream(), toRight.Writer.AsStream(), left);
        server.Start();
        client.Start();

        (await client.InvokeAsync("greet", RpcEmpty.Value, RpcEmpty.TypeInfo, TestJson.Default.Text, default).Soon()).Value.ShouldBe("hello left");
    }

    [Fact]
    public async Task Handlers_OfRequests_RunAtTheSameTime()
    {
        var arrived = 0;
        var all = new TaskCompletionSource<RpcEmpty>();
        var router = new RpcRouter().OnRequest("meet", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) =>
        {
            if (Interlocked.Increment(ref arrived) == 10)
            {
                all.SetResult(RpcEmpty.Value);
            }

            return all.Task;
        });
        await using var pair = new ConnectedPair(right: router);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ =>
            pair.Left.InvokeAsync("meet", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default))).Soon();
    }

    [Fact]
    public async Task Invoke_WhenTheHandlerThrowsAnRpcError_GetsCodeMessageAndData()
    {
        using var document = JsonDocument.Parse("""{"path":"a/b","lines":[1,2]}""");
        var data = document.RootElement.Clone();
        var router = new RpcRouter().OnRequest<RpcEmpty, RpcEmpty>(
            "fail", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) => throw new RpcErrorException(4711, "Überlappung in a/b.", data));
        await using var pair = new ConnectedPair(right: router);

        var error = await Should.ThrowAsync<RpcErrorException>(
            pair.Left.InvokeAsync("fail", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default).Soon());

        error.Code.ShouldBe(4711);
        error.Message.ShouldBe("Überlappung in a/b.");
        error.ErrorData!.Value.GetRawText().ShouldBe(data.GetRawText());
        pair.Problems.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Invoke_WhenTheHandlerFailsUnexpectedly_GetsAShortMessageAndTheLogTheRest()
    {
        var router = new RpcRouter().OnRequest<RpcEmpty, RpcEmpty>(
            "fail", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) => throw new InvalidOperationException("first line\nsecond line"));
        await using var pair = new ConnectedPair(right: router);

        var error = await Should.ThrowAsync<RpcErrorException>(
            pair.Left.InvokeAsync("fail", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default).Soon());

        error.Code.ShouldBe(RpcErrorCodes.InternalError);
        error.Message.ShouldBe("fail failed: first line…");
        error.ErrorData.ShouldBeNull();
        (await pair.Problems.NextAsync()).Exception.ShouldBeOfType<InvalidOperationException>();
    }

    [Fact]
    public async Task Invoke_WhenTheResultIsTooLarge_GetsAnInternalError()
    {
        var router = new RpcRouter().OnRequest(
            "big", RpcEmpty.TypeInfo, TestJson.Default.Text, (_, _) => Task.FromResult(new Text(new string('x', 5000))));
        await using var pair = new ConnectedPair(right: router, options: new RpcConnectionOptions { MaxMessageBytes = 2000 });

        var error = await Should.ThrowAsync<RpcErrorException>(
            pair.Left.InvokeAsync("big", RpcEmpty.Value, RpcEmpty.TypeInfo, TestJson.Default.Text, default).Soon());

        error.Code.ShouldBe(RpcErrorCodes.InternalError);
        error.Message.ShouldContain("2000 bytes");
    }

    [Fact]
    public async Task Invoke_AnUnknownMethod_IsMethodNotFound()
    {
        await using var pair = new ConnectedPair();

        var error = await Should.ThrowAsync<RpcErrorException>(
            pair.Left.InvokeAsync("nothing", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default).Soon());

        error.Code.ShouldBe(RpcErrorCodes.MethodNotFound);
    }

    [Theory]
    [InlineData("\"result\":\"not an object\"")]
    [InlineData("\"error\":null")]
    [InlineData("\"error\":\"text\"")]
    [InlineData("\"error\":{\"code\":\"1\",\"message\":\"m\"}")]
    [InlineData("\"error\":{\"code\":99999999999,\"message\":\"m\"}")]
    [InlineData("\"error\":{\"\\ud800\":1,\"code\":1}")]
    public async Task Invoke_WhenTheAnswerIsMalformed_FailsAndTheConnectionGoesOn(string member)
    {
        await using var peer = new RawPeer();
        var call = peer.Connection.InvokeAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, TestJson.Default.Total, default);
        var id = (await peer.ReceiveAsync()).GetProperty("id").GetInt32();

        await peer.SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},{{member}}}""");

        await Should.ThrowAsync<RpcMalformedResponseException>(call.Soon());
        peer.Connection.Completion.IsCompleted.ShouldBeFalse();
    }
}
