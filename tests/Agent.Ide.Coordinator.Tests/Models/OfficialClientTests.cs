using System.ClientModel;
using Agent.Ide.Testing.Models;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace Agent.Ide.Coordinator.Tests.Models;

/// <summary>
/// OpenAI's own library as a foreign peer of the scripted server: what it understands is the protocol, not our idea of it.
/// </summary>
public sealed class OfficialClientTests : IAsyncDisposable
{
    private readonly ScriptedModelServer _server = ScriptedModelServer.Start(
        """{"go": [{"text": "I look.", "calls": [{"name": "read_file", "arguments": {"path": "a"}}, {"name": "list_files"}]}, {"text": "second"}, {"status": 401}]}""");

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(60));
    private readonly OpenAIClientOptions _options;

    public OfficialClientTests() => _options = new OpenAIClientOptions { Endpoint = _server.BaseUrl };

    private ChatClient Client => new("m1", new ApiKeyCredential("none"), _options);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _timeout.Dispose();
    }

    [Fact]
    public async Task AConversation_Works()
    {
        List<ChatMessage> conversation = [new SystemChatMessage("You are an agent."), new UserChatMessage("go")];

        ChatCompletion first = await Client.CompleteChatAsync(conversation, null, _timeout.Token);
        conversation.Add(new AssistantChatMessage(first));
        conversation.AddRange(first.ToolCalls.Select(call => new ToolChatMessage(call.Id, "ok")));
        ChatCompletion second = await Client.CompleteChatAsync(conversation, null, _timeout.Token);
        conversation.Add(new AssistantChatMessage(second));
        var third = await Should.ThrowAsync<ClientResultException>(() => Client.CompleteChatAsync(conversation, null, _timeout.Token));

        first.Content[0].Text.ShouldBe("I look.");
        first.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        first.ToolCalls.Select(call => call.FunctionName).ShouldBe(["read_file", "list_files"]);
        first.ToolCalls[0].FunctionArguments.ToString().ShouldBe("""{"path":"a"}""");
        first.Usage.TotalTokenCount.ShouldBe(first.Usage.InputTokenCount + first.Usage.OutputTokenCount);
        first.Model.ShouldBe("m1");
        second.Content[0].Text.ShouldBe("second");
        second.FinishReason.ShouldBe(ChatFinishReason.Stop);
        third.Status.ShouldBe(401);
    }

    [Fact]
    public async Task AStream_Works()
    {
        _server.Usual = new ModelFault { ArgumentPieceLength = 3 };
        var text = string.Empty;
        var arguments = new Dictionary<int, string>();
        ChatFinishReason? reason = null;
        var tokens = 0;
        await foreach (var update in Client.CompleteChatStreamingAsync([new UserChatMessage("go")], null, _timeout.Token))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            foreach (var call in update.ToolCallUpdates)
            {
                arguments[call.Index] = arguments.GetValueOrDefault(call.Index) + call.FunctionArgumentsUpdate;
            }

            reason ??= update.FinishReason;
            tokens += update.Usage?.TotalTokenCount ?? 0;
        }

        text.ShouldBe("I look.");
        arguments.ShouldBe(new Dictionary<int, string> { [0] = """{"path":"a"}""", [1] = "{}" });
        reason.ShouldBe(ChatFinishReason.ToolCalls);
        tokens.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task TheModels_AreListed()
    {
        var models = await new OpenAIModelClient(new ApiKeyCredential("none"), _options).GetModelsAsync(_timeout.Token);

        models.Value.ShouldHaveSingleItem().Id.ShouldBe("scripted");
    }
}
