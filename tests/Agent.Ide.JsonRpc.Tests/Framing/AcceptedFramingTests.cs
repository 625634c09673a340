using System.Text;

namespace Agent.Ide.JsonRpc.Tests;

public sealed class AcceptedFramingTests
{
    private static RpcRouter Echo() => new RpcRouter()
        .OnRequest("echo", TestJson.Default.Text, TestJson.Default.Text, (text, _) => Task.FromResult(text));

    [Theory]
    [InlineData("Content-Length: {0}\r\n\r\n")]
    [InlineData("content-length:{0}\r\n\r\n")]
    [InlineData("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: {0}\r\n\r\n")]
    [InlineData("Content-Length: {0} \r\nContent-Type: application/vscode-jsonrpc; charset=utf8\r\n\r\n")]
    [InlineData("X-Unknown: yes\r\nContent-Length: {0}\r\n\r\n")]
    public async Task Read_AHeaderOfLsp_IsAccepted(string header)
    {
        await using var peer = new RawPeer(Echo());
        const string Body = """{"jsonrpc":"2.0","id":1,"method":"echo","params":{"value":"hi"}}""";

        await peer.SendTextAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, header, Body.Length) + Body);

        (await peer.ReceiveTextAsync()).ShouldBe("""{"jsonrpc":"2.0","id":1,"result":{"value":"hi"}}""");
    }

    [Fact]
    public async Task Read_BytesThatComeOneByOne_SplitsNoCharacter()
    {
        await using var peer = new RawPeer(Echo());

        foreach (var one in RawPeer.Frame("""{"jsonrpc":"2.0","id":1,"method":"echo","params":{"value":"añ€😀"}}"""))
        {
            await peer.SendBytesAsync([one]);
        }

        (await peer.ReceiveAsync()).GetProperty("result").GetProperty("value").GetString().ShouldBe("añ€😀");
    }

    [Fact]
    public async Task Read_ManyMessagesInOneChunk_AnswersAll()
    {
        await using var peer = new RawPeer(Echo());
        var chunk = Enumerable.Range(0, 50)
            .SelectMany(n => RawPeer.Frame($$$"""{"jsonrpc":"2.0","id":{{{n}}},"method":"echo","params":{"value":"{{{n}}}"}}"""))
            .ToArray();

        await peer.SendBytesAsync(chunk);

        var answered = new HashSet<int>();
        for (var i = 0; i < 50; i++)
        {
            answered.Add((await peer.ReceiveAsync()).GetProperty("id").GetInt32());
        }

        answered.Count.ShouldBe(50);
    }

    [Fact]
    public async Task Invoke_WithTenMegabytesEachWay_ArrivesWhole()
    {
        await using var pair = new ConnectedPair(right: Echo());
        var text = new string('x', 10_000_000);

        var echoed = await pair.Left.InvokeAsync("echo", new Text(text), TestJson.Default.Text, TestJson.Default.Text, default).Soon();

        echoed.Value.ShouldBe(text);
    }

    [Fact]
    public async Task Invoke_PastTheBound_FailsWithoutSendingAndTheConnectionGoesOn()
    {
        await using var pair = new ConnectedPair(right: Echo(), options: new RpcConnectionOptions { MaxMessageBytes = 1000 });

        await Should.ThrowAsync<RpcMessageTooLargeException>(
            pair.Left.InvokeAsync("echo", new Text(new string('x', 1000)), TestJson.Default.Text, TestJson.Default.Text, default).Soon());

        (await pair.Left.InvokeAsync("echo", new Text("on"), TestJson.Default.Text, TestJson.Default.Text, default).Soon()).Value.ShouldBe("on");
    }

    [Fact]
    public async Task Write_TextThatIsNotAscii_CountsBytes()
    {
        await using var peer = new RawPeer();

        await peer.Connection.NotifyAsync("say", new Text("añ€😀"), TestJson.Default.Text, default);

        var message = await peer.ReceiveTextAsync();
        Encoding.UTF8.GetByteCount(message).ShouldBeGreaterThan(message.Length);
        message.ShouldStartWith("""{"jsonrpc":"2.0","method":"say","params":{"value":"añ€""");
    }
}
