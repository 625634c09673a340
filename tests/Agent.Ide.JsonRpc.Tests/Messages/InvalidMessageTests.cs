using System.Text;
using System.Text.Json;

namespace Agent.Ide.JsonRpc.Tests;

/// <summary>Where the framing is intact, a bad message costs an error answer and nothing else.</summary>
public sealed class InvalidMessageTests
{
    private static RpcRouter Router() => new RpcRouter()
        .OnRequest("ping", RpcEmpty.TypeInfo, TestJson.Default.Text, (_, _) => Task.FromResult(new Text("pong")));

    [Theory]
    [InlineData("", RpcErrorCodes.ParseError)]
    [InlineData("{", RpcErrorCodes.ParseError)]
    [InlineData("hello", RpcErrorCodes.ParseError)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping"} x""", RpcErrorCodes.ParseError)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[1,}}""", RpcErrorCodes.ParseError)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"\ud800"}""", RpcErrorCodes.ParseError)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping" /* note */}""", RpcErrorCodes.ParseError)]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"ping"}]""", RpcErrorCodes.InvalidRequest)]
    [InlineData("[]", RpcErrorCodes.InvalidRequest)]
    [InlineData("42", RpcErrorCodes.InvalidRequest)]
    [InlineData("{}", RpcErrorCodes.InvalidRequest)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"ping"}""", RpcErrorCodes.InvalidRequest)]
    [InlineData("""{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}""", RpcErrorCodes.InvalidRequest)]
    [InlineData("""{"jsonrpc":"2.0","id":true,"method":"ping"}""", RpcErrorCodes.InvalidRequest)]
    public async Task Read_ABadMessage_AnswersWithTheIdNullAndGoesOn(string body, int code)
    {
        await using var peer = new RawPeer(Router());

        await peer.SendAsync(body);

        var answer = await peer.ReceiveAsync();
        answer.GetProperty("id").ValueKind.ShouldBe(JsonValueKind.Null);
        answer.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(code);
        (await peer.Problems.NextAsync()).Message.ShouldContain("refused");
        await ShouldStillAnswerAsync(peer);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":5}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":""}""")]
    [InlineData("""{"id":7,"method":"ping"}""")]
    [InlineData("""{"jsonrpc":"1.0","id":7,"method":"ping"}""")]
    public async Task Read_ABadRequestWithAnId_AnswersToThatId(string body)
    {
        await using var peer = new RawPeer(Router());

        await peer.SendAsync(body);

        var answer = await peer.ReceiveAsync();
        answer.GetProperty("id").GetInt32().ShouldBe(7);
        answer.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(RpcErrorCodes.InvalidRequest);
        await ShouldStillAnswerAsync(peer);
    }

    [Theory]
    [InlineData("C328")]
    [InlineData("FF")]
    [InlineData("EDA080")]
    [InlineData("C0AF")]
    public async Task Read_InvalidUtf8_IsAParseErrorAndGoesOn(string hex)
    {
        await using var peer = new RawPeer(Router());
        byte[] body =
        [
            .. Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"text":" """),
            .. Convert.FromHexString(hex),
            .. "\"}}"u8,
        ];

        await peer.SendBytesAsync(RawPeer.Frame(body));

        (await peer.ReceiveAsync()).GetProperty("error").GetProperty("code").GetInt32().ShouldBe(RpcErrorCodes.ParseError);
        await ShouldStillAnswerAsync(peer);
    }

    [Theory]
    [InlineData(62, true)]
    [InlineData(65, false)]
    [InlineData(1_000_000, false)]
    public async Task Read_DeepNesting_IsAParseErrorPast64Levels(int depth, bool accepted)
    {
        await using var peer = new RawPeer(Router());
        var nested = new string('[', depth) + new string(']', depth);

        await peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{{nested}}}""");

        var answer = await peer.ReceiveAsync();
        answer.TryGetProperty("error", out var error).ShouldBe(!accepted);
        if (!accepted)
        {
            error.GetProperty("code").GetInt32().ShouldBe(RpcErrorCodes.ParseError);
        }

        await ShouldStillAnswerAsync(peer);
    }

    [Fact]
    public async Task Read_AnIdOfManyBytes_IsRefused()
    {
        await using var peer = new RawPeer(Router());

        await peer.SendAsync($$"""{"jsonrpc":"2.0","id":"{{new string('x', 1000)}}","method":"ping"}""");

        (await peer.ReceiveAsync()).GetProperty("error").GetProperty("message").GetString()!.ShouldContain("256");
    }

    [Fact]
    public async Task Read_AMethodOfManyBytes_IsRefused()
    {
        await using var peer = new RawPeer(Router());

        await peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{new string('x', 1000)}}"}""");

        (await peer.ReceiveAsync()).GetProperty("error").GetProperty("message").GetString()!.ShouldContain("512");
    }

    [Fact]
    public async Task Read_AnAnswerToAnUnknownId_IsReportedAndIgnored()
    {
        await using var peer = new RawPeer(Router());

        await peer.SendAsync("""{"jsonrpc":"2.0","id":"what","result":1}""");

        (await peer.Problems.NextAsync()).Message.ShouldContain("\"what\"");
        await ShouldStillAnswerAsync(peer);
    }

    private static async Task ShouldStillAnswerAsync(RawPeer peer)
    {
        await peer.SendAsync("""{"jsonrpc":"2.0","id":"still","method":"ping"}""");
        (await peer.ReceiveTextAsync()).ShouldBe("""{"jsonrpc":"2.0","id":"still","result":{"value":"pong"}}""");
    }
}
