using Agent.Ide.Coordinator.Models;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Scripting;
using Agent.Ide.Core.Tasks;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.Coordinator.Tests.Models;

public sealed class ScriptedChatClientTests
{
    private const string Script = """
        {"go": [{"text": "a", "calls": [{"name": "read_file", "arguments": {"path": "x"}}, {"name": "edit_file", "arguments": "{bad"}]},
                {"text": "b"}, {"text": "c"}]}
        """;

    private readonly SkippingTime _time = new();

    [Fact]
    public async Task AConversation_FollowsItsScript_AndThenIsDone()
    {
        using var client = Client(Script);
        List<ChatMessage> conversation = [new(ChatRole.System, "You are an agent."), new(ChatRole.User, "go")];
        List<string> said = [];
        for (var i = 0; i < 4; i++)
        {
            var response = await client.GetResponseAsync(conversation);
            said.Add(response.Text);
            conversation.AddRange(response.Messages);
        }

        said.ShouldBe(["a", "b", "c", "done"]);
    }

    [Fact]
    public async Task Calls_HaveTheirRawTextAndUniqueIds()
    {
        using var client = Client(Script);

        var response = await client.GetResponseAsync([new(ChatRole.User, "go")]);

        var calls = response.Messages[0].Contents.OfType<FunctionCallContent>().ToList();
        calls.Select(call => call.AdditionalProperties![AgentChat.RawArgumentsKey]).ShouldBe(["""{"path":"x"}""", "{bad"]);
        calls.Select(call => call.CallId).Distinct().Count().ShouldBe(2);
        response.AdditionalProperties![AgentChat.UsageEstimatedKey].ShouldBe(true);
        response.Usage!.InputTokenCount!.Value.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task TheTurnOfTheLoop_DecidesThePlace_WhateverTheConversationStillHolds()
    {
        using var client = Client(Script);
        var options = new ChatOptions { AdditionalProperties = new() { [AgentChat.TurnKey] = 2 } };

        (await client.GetResponseAsync([new(ChatRole.User, "go")], options)).Text.ShouldBe("c");
    }

    [Fact]
    public async Task AStatus_IsAFailureOfOneAttempt()
    {
        using var gateway = Gateway("""{"go": [{"status": 503}, {"status": 429}, {"text": "at last"}]}""");
        using var client = await gateway.ForTaskAsync(new TaskSettings { Provider = "scripted" }, null, CancellationToken.None);

        (await client.GetResponseAsync([new(ChatRole.User, "go")])).Text.ShouldBe("at last");
        _time.Delays.Select(delay => delay.TotalSeconds).ShouldBe([0.5, 1]);
    }

    [Theory]
    [InlineData("""{"go": [{"status": 500}]}""", "modelServerError", false)]
    [InlineData("""{"go": [{"status": 401}]}""", "modelUnauthorized", false)]
    [InlineData("""{"go": [{"status": 413}]}""", "contextTooLong", false)]
    [InlineData("""{"go": [{}]}""", "invalidAnswer", true)]
    public async Task AFailureThatStays_IsReportedAsThatOfAServer(string script, string code, bool canAskAgain)
    {
        using var gateway = Gateway(script);
        using var client = await gateway.ForTaskAsync(new TaskSettings { Provider = "scripted" }, null, CancellationToken.None);

        var error = await Should.ThrowAsync<ModelRequestException>(() => client.GetResponseAsync([new(ChatRole.User, "go")]));

        error.Error.Code.ShouldBe(code);
        error.CanAskAgain.ShouldBe(canAskAgain);
    }

    [Fact]
    public async Task ADelay_IsWaited()
    {
        using var client = Client("""{"go": [{"text": "a", "delayMs": 1500}]}""");

        await client.GetResponseAsync([new(ChatRole.User, "go")]);

        _time.Delays.ShouldBe([TimeSpan.FromSeconds(1.5)]);
    }

    [Fact]
    public async Task AMarkerInTheSystemPrompt_DoesNotHideTheOneOfTheUser()
    {
        using var client = Client("""{"agent": [{"text": "wrong"}], "go": [{"text": "right"}]}""");

        (await client.GetResponseAsync([new(ChatRole.System, "You are an agent."), new(ChatRole.User, "go")])).Text.ShouldBe("right");
    }

    [Fact]
    public async Task ABrokenScript_IsAMistakeInTheConfiguration_ByFileAndLine()
    {
        var path = Path.Combine(Path.GetTempPath(), $"agent-ide-script-{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(path, "{\n\"go\": [{\"say\": 1}]}");
        using var gateway = Gateway(Script);
        try
        {
            var error = await Should.ThrowAsync<ModelRequestException>(
                () => gateway.CheckAsync(new TaskSettings { Provider = "scripted", Script = path }, null, CancellationToken.None));

            error.Error.Message.ShouldStartWith($"{path}:2: ");
            error.Error.ExitCode.ShouldBe(2);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private ScriptedChatClient Client(string script) => new(ModelScript.Parse(script, "script"), _time);

    private ModelGateway Gateway(string script) => new(
        new ModelGatewayOptions { DefaultScript = () => ModelScript.Parse(script, "script") },
        _ => null,
        _time,
        NullLogger<ModelGateway>.Instance);
}
