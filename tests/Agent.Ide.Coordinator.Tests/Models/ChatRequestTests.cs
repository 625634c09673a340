using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Ide.Core.Loop;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Tests.Models;

/// <summary>What goes over the wire.</summary>
public sealed class ChatRequestTests
{
    [Fact]
    public async Task AConversation_IsSentLean()
    {
        await using var host = new ModelHost();
        using var schema = JsonDocument.Parse("""{"type":"object","properties":{"path":{"type":"string"}}}""");
        var options = new ChatOptions
        {
            MaxOutputTokens = 500,
            Tools = [AIFunctionFactory.CreateDeclaration("read_file", "Reads.", schema.RootElement)],
        };

        var body = await SendAsync(
            host,
            options,
            new ChatMessage(ChatRole.System, "Be brief."),
            new ChatMessage(ChatRole.User, "Grüße <b>"),
            new ChatMessage(ChatRole.Assistant, [Call("c1", """{"path": "a"}"""), Call("c2", "{}")]),
            new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", "one"), new FunctionResultContent("c2", "two")]));

        body.ShouldBe(
            """{"model":"m1","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Grüße <b>"},"""
            + """{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"read_file","arguments":"{\"path\": \"a\"}"}},"""
            + """{"id":"c2","type":"function","function":{"name":"read_file","arguments":"{}"}}]},"""
            + """{"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c2","content":"two"}]"""
            + ""","tools":[{"type":"function","function":{"name":"read_file","description":"Reads.","parameters":{"type":"object","properties":{"path":{"type":"string"}}}}}]"""
            + ""","max_tokens":500,"stream":true,"stream_options":{"include_usage":true}}""");
    }

    [Fact]
    public async Task ArgumentsOfAnEarlierCall_ThatAreNoJson_DoNotSpoilTheRequest()
    {
        await using var host = new ModelHost();

        var body = await SendAsync(
            host, null, new ChatMessage(ChatRole.User, "hi"), new ChatMessage(ChatRole.Assistant, [Call("c1", "{\"path\": \"a")]));

        var arguments = JsonNode.Parse(body)!["messages"]![1]!["tool_calls"]![0]!["function"]!["arguments"]!.GetValue<string>();
        JsonNode.Parse(arguments)!["unparsed"]!.GetValue<string>().ShouldBe("{\"path\": \"a");
    }

    [Fact]
    public async Task ArgumentsWithoutTheirText_AreWrittenFromTheDictionary()
    {
        await using var host = new ModelHost();
        var call = new FunctionCallContent("c1", "x", new Dictionary<string, object?> { ["n"] = 3, ["s"] = "é", ["b"] = true, ["z"] = null });

        var body = await SendAsync(host, null, new ChatMessage(ChatRole.User, "hi"), new ChatMessage(ChatRole.Assistant, [call]));

        JsonNode.Parse(body)!["messages"]![1]!["tool_calls"]![0]!["function"]!["arguments"]!.GetValue<string>()
            .ShouldBe("""{"n":3,"s":"é","b":true,"z":null}""");
    }

    [Fact]
    public async Task ATextThatWasCutInTheMiddleOfACharacter_IsSentAnyway()
    {
        await using var host = new ModelHost();

        var body = await SendAsync(host, null, new ChatMessage(ChatRole.User, "cut \ud83d"));

        JsonNode.Parse(body)!["messages"]![0]!["content"]!.GetValue<string>().ShouldBe("cut \ufffd");
    }

    [Fact]
    public async Task AServerThatWantsTheNewNameOfTheLimit_GetsIt()
    {
        await using var host = new ModelHost();
        host.Server.Inject(new() { Status = 400, ErrorMessage = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead." });

        await host.AskAsync(options: new ChatOptions { MaxOutputTokens = 7 });

        host.Server.ChatRequests.Count.ShouldBe(2);
        host.Server.ChatRequests[1].Body.ShouldContain("\"max_completion_tokens\":7");
        host.Server.ChatRequests[1].Body.ShouldNotContain("\"max_tokens\"");
    }

    [Fact]
    public async Task NoKey_NoAuthorizationHeader()
    {
        await using var host = new ModelHost();

        await host.AskAsync();

        host.Server.ChatRequests[0].Headers.ContainsKey("Authorization").ShouldBeFalse();
    }

    private static FunctionCallContent Call(string id, string raw) =>
        new(id, "read_file") { AdditionalProperties = new() { [AgentChat.RawArgumentsKey] = raw } };

    private static async Task<string> SendAsync(ModelHost host, ChatOptions? options, params ChatMessage[] messages)
    {
        using var client = await host.Gateway.ForTaskAsync(host.Settings, "m1", host.Timeout);
        await client.GetResponseAsync(messages, options, host.Timeout);
        return host.Server.ChatRequests.ShouldHaveSingleItem().Body;
    }
}
