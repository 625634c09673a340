namespace Agent.Ide.JsonRpc.Tests;

public sealed class RequestIdTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("9007199254740993")]
    [InlineData("1.50")]
    [InlineData("\"\"")]
    [InlineData("\"1\"")]
    [InlineData("\"a\\u00e9\\n\"")]
    [InlineData("\"é😀\"")]
    public async Task Answer_EchoesTheIdAsItWasWritten(string id)
    {
        var router = new RpcRouter().OnRequest("ping", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) => Task.FromResult(RpcEmpty.Value));
        await using var peer = new RawPeer(router);

        await peer.SendAsync($$"""{"id":{{id}},"jsonrpc":"2.0","method":"ping"}""");

        (await peer.ReceiveTextAsync()).ShouldBe($$"""{"jsonrpc":"2.0","id":{{id}},"result":null}""");
    }

    [Fact]
    public async Task Request_WithTheIdOfARunningOne_IsRefusedAndTheFirstIsAnswered()
    {
        var release = new TaskCompletionSource<Text>();
        var router = new RpcRouter().OnRequest("slow", RpcEmpty.TypeInfo, TestJson.Default.Text, (_, _) => release.Task);
        await using var peer = new RawPeer(router);

        await peer.SendAsync("""{"jsonrpc":"2.0","id":5,"method":"slow"}""");
        await peer.SendAsync("""{"jsonrpc":"2.0","id":5,"method":"slow"}""");

        var refusal = await peer.ReceiveAsync();
        refusal.GetProperty("id").GetInt32().ShouldBe(5);
        refusal.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(RpcErrorCodes.InvalidRequest);
        release.SetResult(new Text("first"));
        (await peer.ReceiveAsync()).GetProperty("result").GetProperty("value").GetString().ShouldBe("first");

        // Answered: the id is free again.
        await peer.SendAsync("""{"jsonrpc":"2.0","id":5,"method":"slow"}""");
        (await peer.ReceiveAsync()).GetProperty("result").GetProperty("value").GetString().ShouldBe("first");
    }

    [Fact]
    public async Task Request_WithANumberAndItsTextAsIds_AreTwoRequests()
    {
        var both = new CountdownEvent(2);
        var release = new TaskCompletionSource<RpcEmpty>();
        var router = new RpcRouter().OnRequest("slow", RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, (_, _) =>
        {
            if (both.Signal())
            {
                release.SetResult(RpcEmpty.Value);
            }

            return release.Task;
        });
        await using var peer = new RawPeer(router);

        await peer.SendAsync("""{"jsonrpc":"2.0","id":5,"method":"slow"}""");
        await peer.SendAsync("""{"jsonrpc":"2.0","id":"5","method":"slow"}""");

        string[] answers = [await peer.ReceiveTextAsync(), await peer.ReceiveTextAsync()];
        answers.ShouldBe(["""{"jsonrpc":"2.0","id":5,"result":null}""", """{"jsonrpc":"2.0","id":"5","result":null}"""], ignoreOrder: true);
    }
}
