using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Agent.Ide.Testing.Models;

namespace Agent.Ide.Coordinator.Tests.Models;

/// <summary>The scripted server as a plain HTTP client sees it.</summary>
public sealed class ScriptedModelServerTests : IAsyncDisposable
{
    private const string Script = """
        {"go": [{"text": "reading", "calls": [{"name": "read_file", "arguments": {"path": "a"}}]}, {"status": 503}, {"text": "two"}, {"text": "three"}]}
        """;

    private readonly ScriptedModelServer _server = ScriptedModelServer.Start(Script);
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _timeout.Dispose();
    }

    [Fact]
    public async Task AWholeAnswer_HasTheShapeOfAChatCompletion()
    {
        var answer = JsonNode.Parse(await PostAsync(UserMessage("go")))!;

        answer["object"]!.GetValue<string>().ShouldBe("chat.completion");
        answer["model"]!.GetValue<string>().ShouldBe("m1");
        var choice = answer["choices"]![0]!;
        choice["finish_reason"]!.GetValue<string>().ShouldBe("tool_calls");
        choice["message"]!["role"]!.GetValue<string>().ShouldBe("assistant");
        choice["message"]!["content"]!.GetValue<string>().ShouldBe("reading");
        choice["message"]!["tool_calls"]![0]!["type"]!.GetValue<string>().ShouldBe("function");
        choice["message"]!["tool_calls"]![0]!["function"]!["arguments"]!.GetValue<string>().ShouldBe("""{"path":"a"}""");
        answer["usage"]!["total_tokens"]!.GetValue<int>().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task AStream_EndsWithTheReasonTheUsageAndDone()
    {
        var body = await PostAsync(UserMessage("go"), """, "stream": true, "stream_options": {"include_usage": true}""");

        var events = body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        events.ShouldAllBe(e => e.StartsWith("data: "));
        events[^1].ShouldBe("data: [DONE]");
        var chunks = events[..^1].Select(e => JsonNode.Parse(e["data: ".Length..])!).ToList();
        chunks.ShouldAllBe(chunk => chunk["object"]!.GetValue<string>() == "chat.completion.chunk");
        chunks[0]["choices"]![0]!["delta"]!["role"]!.GetValue<string>().ShouldBe("assistant");
        chunks[^2]["choices"]![0]!["finish_reason"]!.GetValue<string>().ShouldBe("tool_calls");
        chunks[^1]["choices"]!.AsArray().ShouldBeEmpty();
        chunks[^1]["usage"]!["prompt_tokens"]!.GetValue<int>().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task ThePlaceInTheScript_IsTheNumberOfAssistantMessages()
    {
        var second = UserMessage("go") + """, {"role": "assistant", "content": "x"}""";

        (await PostStatusAsync(second)).ShouldBe(503);
        (await PostAsync(second)).ShouldContain("\"two\"");
        (await PostAsync(second)).ShouldContain("\"two\"", customMessage: "asked again, it says the same");
        (await PostAsync(second + """, {"role": "assistant", "content": "y"}""")).ShouldContain("\"three\"");
    }

    [Fact]
    public async Task ThePlaceInTheScript_SurvivesThatOlderTurnsAreGone()
    {
        var answer = JsonNode.Parse(await PostAsync(UserMessage("go")))!;
        var id = answer["choices"]![0]!["message"]!["tool_calls"]![0]!["id"]!.GetValue<string>();
        var later = id.Replace("0000", "0002", StringComparison.Ordinal);

        var body = await PostAsync(
            UserMessage("go") + $$$"""
            , {"role": "assistant", "content": null, "tool_calls": [{"id": "{{{later}}}", "type": "function", "function": {"name": "x", "arguments": "{}"}}]}
            """);

        body.ShouldContain("\"done\"");
    }

    [Fact]
    public async Task Requests_AreRecordedWithTheirTimes_OnOneConnection()
    {
        await PostAsync(UserMessage("go"));
        await PostAsync(UserMessage("nothing"));

        var requests = _server.ChatRequests;
        requests.Count.ShouldBe(2);
        requests.Select(request => request.Connection).Distinct().Count().ShouldBe(1);
        requests[0].Marker.ShouldBe("go");
        requests[1].Marker.ShouldBeNull();
        requests[0].AnsweredAt.ShouldBeGreaterThan(requests[0].ArrivedAt);
        requests[1].ArrivedAt.ShouldBeGreaterThan(requests[0].AnsweredAt);
        requests[0].BodyBytes.ShouldBe(Encoding.UTF8.GetByteCount(requests[0].Body));
    }

    [Fact]
    public async Task AHeldRequest_IsAnsweredWhenReleased_AndSeesAClientThatGoes()
    {
        _server.Inject(new ModelFault { Hold = true });
        _server.Inject(new ModelFault { Hold = true });
        using var giveUp = new CancellationTokenSource();

        var first = PostAsync(UserMessage("go"));
        var firstRequest = await _server.WaitForChatRequestAsync(1, _timeout.Token);
        var second = PostAsync(UserMessage("go"), cancellationToken: giveUp.Token);
        var secondRequest = await _server.WaitForChatRequestAsync(2, _timeout.Token);
        firstRequest.Release();
        await giveUp.CancelAsync();

        (await first).ShouldContain("reading");
        await Should.ThrowAsync<OperationCanceledException>(() => second);
        await secondRequest.Ended.WaitAsync(_timeout.Token);
        secondRequest.ClientGone.ShouldBeTrue();
        firstRequest.ClientGone.ShouldBeFalse();
    }

    [Fact]
    public async Task ModelsAndErrors_HaveTheirShapes()
    {
        _server.RequiredKey = "k";
        (await PostStatusAsync(UserMessage("go"))).ShouldBe(401);
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "k");
        _server.RefuseUnknownModels = true;
        (await PostStatusAsync(UserMessage("go"))).ShouldBe(404);

        var models = JsonNode.Parse(await _client.GetStringAsync(new Uri(_server.BaseUrl + "/models"), _timeout.Token))!;

        models["data"]![0]!["id"]!.GetValue<string>().ShouldBe("scripted");
    }

    private static string UserMessage(string text) => $$"""{"role": "user", "content": "{{text}}"}""";

    private async Task<string> PostAsync(string messages, string more = "", CancellationToken? cancellationToken = null)
    {
        using var response = await SendAsync(messages, more, cancellationToken ?? _timeout.Token);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(_timeout.Token);
    }

    private async Task<int> PostStatusAsync(string messages)
    {
        using var response = await SendAsync(messages, "", _timeout.Token);
        return (int)response.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(string messages, string more, CancellationToken cancellationToken)
    {
        using var content = new StringContent($$"""{"model": "m1", "messages": [{{messages}}]{{more}}}""", Encoding.UTF8, "application/json");
        return await _client.PostAsync(new Uri(_server.BaseUrl + "/chat/completions"), content, cancellationToken);
    }
}
