using Agent.Ide.Coordinator.Models;
using Agent.Ide.Coordinator.Models.Editors;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Models;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Tests.Models;

public sealed class EditorChatClientTests
{
    public static TheoryData<Exception, string> Failures => new()
    {
        { new ConnectionClosedException("gone"), "streamBroken" },
        { new RpcMalformedResponseException("no JSON"), "invalidAnswer" },
        { new RpcErrorException(1, "The window was closed.\nReally."), "requestRejected" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task AFailure_IsToldOfTheEditorsModel_AndNotOfAServer(Exception failure, string code) =>
        Expect(await FailAsync(() => throw failure), code);

    [Fact]
    public async Task AnAnswerThatIsEmptyOrTooLarge_IsToldOfTheEditorsModel_AndNotOfAServer()
    {
        Expect(await FailAsync(() => new ModelChatResult(string.Empty, [])), "invalidAnswer");
        Expect(await FailAsync(() => new ModelChatResult(new string('x', 11), [])), "answerTooLarge");
    }

    private static void Expect(ModelAttemptException failure, string code)
    {
        failure.Error.Code.ShouldBe(code);
        failure.Error.Message.ShouldContain("GPT of Some Editor");
        failure.Error.Message.ShouldNotContain("\n");
        foreach (var ofServers in new[] { "server", "base_url", "max_tokens" })
        {
            $"{failure.Error.Message} {failure.Error.Hint}".ShouldNotContain(ofServers);
        }
    }

    private static async Task<ModelAttemptException> FailAsync(Func<ModelChatResult> answer)
    {
        var editors = new EditorModels();
        using var _ = editors.Add(new Editor(answer));
        using var client = new EditorChatClient(editors, "gpt", new ModelGatewayOptions { MaxAnswerCharacters = 10 }, TimeProvider.System);
        return await Should.ThrowAsync<ModelAttemptException>(() => client.GetResponseAsync([new ChatMessage(ChatRole.User, "hello")]));
    }

    private sealed class Editor(Func<ModelChatResult> answer) : IEditorModelSource
    {
        public string Name => "Some Editor";

        public Task<EditorModelsResult> ListAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new EditorModelsResult([new EditorModel("gpt", "GPT")]));

        public Task<ModelChatResult> ChatAsync(ModelChatParams request, Action onPart, CancellationToken cancellationToken) =>
            Task.Run(answer, cancellationToken);
    }
}
