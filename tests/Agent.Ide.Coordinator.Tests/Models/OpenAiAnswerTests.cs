using Agent.Ide.Core.Loop;
using Agent.Ide.Testing.Models;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Tests.Models;

/// <summary>Answers as servers send them, with the oddities of each, read through the real client.</summary>
public sealed class OpenAiAnswerTests
{
    private const string Script = """
        {"go": [{"text": "I look.", "calls": [
          {"name": "read_file", "arguments": {"path": "a.cs"}},
          {"name": "read_file", "arguments": {"path": "b.cs", "start_line": 3}},
          {"name": "list_files", "arguments": {}}]}],
         "odd": [{"calls": [{"name": "edit_file", "arguments": "{\"path\": \"a"}]}]}
        """;

    public static TheoryData<string, ModelFault> Oddities => new()
    {
        { "nothing odd", new ModelFault() },
        { "no stream although asked for", new ModelFault { IgnoreStreaming = true } },
        { "streaming refused", new ModelFault { RefuseStreaming = true } },
        { "stream_options refused", new ModelFault { RefuseStreamOptions = true } },
        { "no usage", new ModelFault { OmitUsage = true } },
        { "no usage, whole", new ModelFault { OmitUsage = true, IgnoreStreaming = true } },
        { "no ids", new ModelFault { OmitIds = true } },
        { "no ids, whole", new ModelFault { OmitIds = true, IgnoreStreaming = true } },
        { "no indexes", new ModelFault { OmitIndexes = true } },
        { "no ids and indexes", new ModelFault { OmitIds = true, OmitIndexes = true } },
        { "pieces of one character", new ModelFault { ArgumentPieceLength = 1 } },
        { "pieces without indexes", new ModelFault { ArgumentPieceLength = 4, OmitIndexes = true } },
        { "pieces without ids and indexes", new ModelFault { ArgumentPieceLength = 4, OmitIds = true, OmitIndexes = true } },
        { "no end mark", new ModelFault { OmitDone = true } },
        { "stop as the reason", new ModelFault { StopForToolCalls = true } },
        { "stop as the reason, whole", new ModelFault { StopForToolCalls = true, IgnoreStreaming = true } },
        { "comments", new ModelFault { KeepAliveComments = true } },
        { "CR LF", new ModelFault { Crlf = true, KeepAliveComments = true } },
        { "reasoning", new ModelFault { Reasoning = "hm" } },
        { "reasoning, whole", new ModelFault { Reasoning = "hm", IgnoreStreaming = true } },
    };

    [Theory]
    [MemberData(nameof(Oddities))]
    public async Task AnAnswer_IsTheSame_HoweverTheServerSendsIt(string oddity, ModelFault fault)
    {
        await using var host = new ModelHost(Script);
        host.Server.Usual = fault;

        var response = await host.AskAsync("go", new ChatOptions { AdditionalProperties = new() { [AgentChat.TurnKey] = 4 } });

        response.Text.ShouldBe("I look.", oddity);
        var calls = Calls(response);
        calls.Select(call => call.Name).ShouldBe(["read_file", "read_file", "list_files"]);
        calls.Select(Raw).ShouldBe(["""{"path":"a.cs"}""", """{"path":"b.cs","start_line":3}""", "{}"]);
        calls[1].Arguments!["path"]!.ToString().ShouldBe("b.cs");
        calls.Select(call => call.CallId).Distinct().Count().ShouldBe(3);
        calls.ShouldAllBe(call => call.CallId.Length > 0);
        response.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        response.ModelId.ShouldBe("m1");
        response.Usage!.InputTokenCount!.Value.ShouldBeGreaterThan(0);
        response.Usage.OutputTokenCount!.Value.ShouldBeGreaterThan(0);
        var isCounted = !fault.OmitUsage && !fault.RefuseStreamOptions;
        (response.AdditionalProperties?.ContainsKey(AgentChat.UsageEstimatedKey) ?? false).ShouldBe(!isCounted);
    }

    [Fact]
    public async Task WhatAServerDoesNotUnderstand_IsLeftOutFromThenOn_ForAllTasks()
    {
        await using var host = new ModelHost(Script);
        host.Server.Usual = new ModelFault { RefuseStreaming = true };

        await host.AskAsync("go");
        await host.AskAsync("go");

        host.Server.ChatRequests.Select(request => request.Status).ShouldBe([400, 200, 200]);
    }

    [Fact]
    public async Task Requests_OfAllTasks_ShareAConnection()
    {
        await using var host = new ModelHost(Script);

        for (var i = 0; i < 5; i++)
        {
            await host.AskAsync("go");
        }

        host.Server.ChatRequests.Select(request => request.Connection).Distinct().Count().ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ArgumentsThatAreNoJson_ReachTheLoopAsTheyAre(bool streaming)
    {
        await using var host = new ModelHost(Script);
        host.Server.Usual = new ModelFault { IgnoreStreaming = !streaming, ArgumentPieceLength = 3 };

        var call = Calls(await host.AskAsync("odd")).ShouldHaveSingleItem();

        Raw(call).ShouldBe("""{"path": "a""");
        call.Arguments.ShouldBeNull();
    }

    [Fact]
    public async Task AnIdThatTheConversationHasAlready_IsReplaced()
    {
        await using var host = new ModelHost(Script);
        using var client = await host.Gateway.ForTaskAsync(host.Settings, "m1", host.Timeout);
        const string Answer = """{"choices":[{"message":{"tool_calls":[{"id":"call_0","function":{"name":"x","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""";
        host.Server.Usual = new ModelFault { RawBody = Answer };

        var first = await client.GetResponseAsync([new ChatMessage(ChatRole.User, "go")], null, host.Timeout);
        var second = await client.GetResponseAsync([new ChatMessage(ChatRole.User, "go"), .. first.Messages], null, host.Timeout);

        Calls(first)[0].CallId.ShouldBe("call_0");
        Calls(second)[0].CallId.ShouldNotBe("call_0");
    }

    [Theory]
    [InlineData("an index of 0 for each call", """
        data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"{\"n\":1}"}}]}}]}
        data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"x","arguments":"{\"n\":2}"}}]}}]}
        data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}
        """)]
    [InlineData("an index of 0 and no ids", """
        data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"x","arguments":"{\"n\":1}"}}]}}]}
        data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"x","arguments":"{\"n\":2}"}}]}}]}
        data: [DONE]
        """)]
    [InlineData("name and id with each piece, null content", """
        data: {"choices":[{"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":""}}]}}]}
        data: {"choices":[{"delta":{"content":null,"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"{\"n\":"}}]}}]}
        data: {"choices":[{"delta":{"content":null,"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"1}"}}]}}]}
        data: {"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"x","arguments":"{\"n\":2}"}}]}}]}
        data: {"choices":[{"delta":{},"finish_reason":"stop"}]}
        """)]
    [InlineData("arguments as an object", """
        {"choices":[{"message":{"content":null,"tool_calls":[
          {"function":{"name":"x","arguments":{"n":1}}},
          {"function":{"name":"x","arguments":{"n":2}}}]}}]}
        """)]
    [InlineData("a whole message as one event, unknown members, a choice of null before", """
        event: message
        data: {"choices":[],"prompt_filter_results":[]}

        data:{"choices":[{"message":{"content":[],"tool_calls":[{"id":"a","function":{"name":"x","arguments":"{\"n\":1}"}},{"id":"b","function":{"name":"x","arguments":"{\"n\":2}"}}]},"finish_reason":"tool_calls"}],"x":1}
        """)]
    public async Task TwoCalls_AreToldApart(string oddity, string body)
    {
        await using var host = new ModelHost();
        host.Server.Usual = new ModelFault { RawBody = body, RawContentType = "text/plain" };

        Calls(await host.AskAsync()).Select(Raw).ShouldBe(["""{"n":1}""", """{"n":2}"""], oddity);
    }

    [Fact]
    public async Task Usage_IsTakenFromTheLastChunk_WithWhatWasCached()
    {
        await using var host = new ModelHost();
        host.Server.Usual = new ModelFault
        {
            RawBody = """
                data: {"model":"big","choices":[{"delta":{"content":[{"type":"text","text":"hi"}]}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}
                data: {"choices":[{"delta":{},"finish_reason":"length"}],"usage":null}
                data: {"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":64}}}
                data: [DONE]
                """,
        };

        var response = await host.AskAsync();

        response.Text.ShouldBe("hi");
        response.ModelId.ShouldBe("big");
        response.FinishReason.ShouldBe(ChatFinishReason.Length);
        response.Usage!.InputTokenCount.ShouldBe(100);
        response.Usage.CachedInputTokenCount.ShouldBe(64);
        response.Usage.OutputTokenCount.ShouldBe(7);
        response.AdditionalProperties.ShouldBeNull();
    }

    private static List<FunctionCallContent> Calls(ChatResponse response) =>
        [.. response.Messages.ShouldHaveSingleItem().Contents.OfType<FunctionCallContent>()];

    private static string Raw(FunctionCallContent call) => (string)call.AdditionalProperties![AgentChat.RawArgumentsKey]!;
}
