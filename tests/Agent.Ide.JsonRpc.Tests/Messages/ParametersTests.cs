using System.Text.Json;

namespace Agent.Ide.JsonRpc.Tests;

public sealed class ParametersTests
{
    private static RpcRouter Router() => new RpcRouter()
        .OnRequest("optional", TestJson.Default.Optional, TestJson.Default.Text, (p, _) => Task.FromResult(new Text(p.Name ?? "nobody")))
        .OnRequest("required", TestJson.Default.Named, TestJson.Default.Text, (p, _) => Task.FromResult(new Text(p.Name)))
        .OnRequest("list", TestJson.Default.Int32Array, TestJson.Default.Text, (p, _) => Task.FromResult(new Text(string.Join('+', p))))
        .OnRequest("number", TestJson.Default.Int32, TestJson.Default.Text, (p, _) => Task.FromResult(new Text($"{p}")))
        .OnRequest("raw", TestJson.Default.JsonElement, TestJson.Default.Text, (p, _) => Task.FromResult(new Text(p.GetRawText())))
        .OnRequest("none", RpcEmpty.TypeInfo, TestJson.Default.Text, (_, _) => Task.FromResult(new Text("none")));

    [Theory]
    [InlineData("optional", "", "nobody")]
    [InlineData("optional", ",\"params\":null", "nobody")]
    [InlineData("optional", ",\"params\":{}", "nobody")]
    [InlineData("optional", ",\"params\":{\"name\":\"a\",\"unknown\":1}", "a")]
    [InlineData("optional", ",\"params\":[{\"name\":\"a\"}]", "a")]
    [InlineData("required", ",\"params\":{\"name\":\"b\"}", "b")]
    [InlineData("list", ",\"params\":[1,2,3]", "1+2+3")]
    [InlineData("list", "", "")]
    [InlineData("number", ",\"params\":[ 5 ]", "5")]
    [InlineData("raw", ",\"params\":[1, {}]", "[1, {}]")]
    [InlineData("none", ",\"params\":[1,2]", "none")]
    [InlineData("none", ",\"params\":{\"a\":1}", "none")]
    public async Task Request_WithParametersThatFit_ReachesItsHandler(string method, string member, string expected)
    {
        await using var peer = new RawPeer(Router());

        await peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}"{{member}}}""");

        (await peer.ReceiveAsync()).GetProperty("result").GetProperty("value").GetString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("required", "")]
    [InlineData("required", ",\"params\":null")]
    [InlineData("required", ",\"params\":{}")]
    [InlineData("required", ",\"params\":{\"name\":5}")]
    [InlineData("required", ",\"params\":{\"name\":\"\\ud800\"}")]
    [InlineData("required", ",\"params\":[]")]
    [InlineData("required", ",\"params\":[{\"name\":\"a\"},{\"name\":\"b\"}]")]
    [InlineData("required", ",\"params\":5")]
    [InlineData("required", ",\"params\":\"text\"")]
    [InlineData("number", "")]
    [InlineData("list", ",\"params\":{\"0\":1}")]
    public async Task Request_WithParametersThatDoNotFit_IsInvalidParams(string method, string member)
    {
        await using var peer = new RawPeer(Router());

        await peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}"{{member}}}""");

        var error = (await peer.ReceiveAsync()).GetProperty("error");
        error.GetProperty("code").GetInt32().ShouldBe(RpcErrorCodes.InvalidParams);
        error.GetProperty("message").GetString()!.ShouldStartWith(method);
    }

    [Fact]
    public async Task Notification_WithParametersThatDoNotFit_IsReported()
    {
        await using var peer = new RawPeer(new RpcRouter().OnNotification("told", TestJson.Default.Named, (_, _) => Task.CompletedTask));

        await peer.SendAsync("""{"jsonrpc":"2.0","method":"told"}""");

        var (message, exception) = await peer.Problems.NextAsync();
        message.ShouldContain("told");
        exception.ShouldBeOfType<JsonException>();
    }

    [Fact]
    public async Task Invoke_WithoutParameters_LeavesTheMemberOut()
    {
        await using var peer = new RawPeer();

        await peer.Connection.NotifyAsync("exit", RpcEmpty.Value, RpcEmpty.TypeInfo, default);

        (await peer.ReceiveTextAsync()).ShouldBe("""{"jsonrpc":"2.0","method":"exit"}""");
    }

    [Fact]
    public void Register_TwiceOrReservedOrTooLate_IsRefused()
    {
        var router = new RpcRouter().OnNotification("a", RpcEmpty.TypeInfo, (_, _) => Task.CompletedTask);

        Should.Throw<ArgumentException>(() => router.OnNotification("a", RpcEmpty.TypeInfo, (_, _) => Task.CompletedTask));
        Should.Throw<ArgumentException>(() => router.OnNotification("$/cancelRequest", RpcEmpty.TypeInfo, (_, _) => Task.CompletedTask));
        new RpcConnection(new MemoryStream(), new MemoryStream(), router).Start();
        Should.Throw<InvalidOperationException>(() => router.OnNotification("b", RpcEmpty.TypeInfo, (_, _) => Task.CompletedTask));
    }
}
