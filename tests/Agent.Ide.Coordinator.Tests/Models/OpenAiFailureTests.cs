using Agent.Ide.Coordinator.Models;
using Agent.Ide.Core.Loop;
using Agent.Ide.Testing.Models;

namespace Agent.Ide.Coordinator.Tests.Models;

/// <summary>Answers nothing can be done with, and what a person or the model is told.</summary>
public sealed class OpenAiFailureTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task InvalidJson_IsHandedBack_NotRepeated(bool streaming)
    {
        await using var host = new ModelHost();
        host.Server.Usual = new ModelFault { InvalidJson = true, IgnoreStreaming = !streaming };

        var error = await FailAsync(host);

        error.Error.Code.ShouldBe("invalidAnswer");
        error.CanAskAgain.ShouldBeTrue();
        host.Server.ChatRequests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnEmptyAnswer_IsHandedBack(bool streaming)
    {
        await using var host = new ModelHost();
        host.Server.Usual = new ModelFault { EmptyAnswer = true, IgnoreStreaming = !streaming };

        var error = await FailAsync(host);

        error.Error.Code.ShouldBe("invalidAnswer");
        error.Error.Message.ShouldContain("empty answer");
        error.CanAskAgain.ShouldBeTrue();
        host.Server.ChatRequests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnAnswerOf10Megabytes_IsRefusedAndHandedBack(bool streaming)
    {
        await using var host = new ModelHost();
        host.Server.Usual = new ModelFault { HugeAnswerBytes = 10_000_000, IgnoreStreaming = !streaming };

        var error = await FailAsync(host);

        error.Error.Code.ShouldBe("answerTooLarge");
        error.CanAskAgain.ShouldBeTrue();
        host.Server.ChatRequests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnAnswerWithoutEnd_IsReadToTheBoundOnly(bool streaming)
    {
        await using var host = new ModelHost(options: new ModelGatewayOptions { MaxAnswerCharacters = 300_000 });
        host.Server.Usual = new ModelFault { EndlessAnswer = true, IgnoreStreaming = !streaming };

        var error = await FailAsync(host);

        error.Error.Code.ShouldBe("answerTooLarge");
        var request = host.Server.ChatRequests.ShouldHaveSingleItem();
        await request.Ended.WaitAsync(host.Timeout);
        request.ClientGone.ShouldBeTrue();
    }

    [Fact]
    public async Task AWebPage_SaysWhatIsWrongWithTheAddress()
    {
        await using var host = new ModelHost();
        host.Server.Usual = new ModelFault { RawBody = "<!doctype html><p>hello", RawContentType = "text/html" };

        var error = await FailAsync(host);

        error.Error.Code.ShouldBe("invalidAnswer");
        error.Error.Hint!.ShouldContain("base_url");
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}""")]
    [InlineData(400, """{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error"}}""")]
    [InlineData(400, """{"object":"error","message":"The decoder prompt is longer than the maximum model length of 4096","code":400}""")]
    [InlineData(400, """{"error":"Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens"}""")]
    [InlineData(413, """{"error":{"message":"Request too large for model"}}""")]
    [InlineData(500, """{"error":"input length exceeds the context length"}""")]
    public async Task APromptThatIsTooLong_IsRecognisedInEachServersWords(int status, string body)
    {
        var error = await FailWithAsync(status, body);

        error.Code.ShouldBe("contextTooLong");
        error.ExitCode.ShouldBe(1);
        error.Hint!.ShouldContain("max_tokens");
    }

    [Theory]
    [InlineData(404, """{"error":{"message":"The model `m1` does not exist","code":"model_not_found"}}""")]
    [InlineData(404, """{"error":{"message":"model \"m1\" not found, try pulling it first","type":"api_error"}}""")]
    [InlineData(400, """{"error":"Invalid model identifier \"m1\". No models loaded."}""")]
    public async Task AMissingModel_IsReportedWithTheOnesThereAre(int status, string body)
    {
        var error = await FailWithAsync(status, body, server => server.Models = ["alpha", "beta"]);

        error.Code.ShouldBe("modelNotFound");
        error.Hint.ShouldBe("Set `model` to one it offers: alpha, beta.");
        error.ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task AWrongPath_IsNotMistakenForAMissingModel()
    {
        await using var host = new ModelHost();
        var settings = host.Settings with { BaseUrl = $"http://127.0.0.1:{host.Server.Port}/v2" };
        using var client = await host.Gateway.ForTaskAsync(settings, "m1", host.Timeout);

        var error = await Should.ThrowAsync<ModelRequestException>(
            () => client.GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "hi")], null, host.Timeout));

        error.Error.Code.ShouldBe("requestRejected");
        error.Error.Hint!.ShouldContain("/v1");
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task ARefusedKey_IsNeverRepeated_NotEvenWhereTheServerRepeatsIt(int status)
    {
        await using var host = new ModelHost(key: ModelHost.Key);
        host.Server.Usual = new ModelFault { Status = status, ErrorMessage = $"Incorrect API key provided: {ModelHost.Key}" };

        var error = (await FailAsync(host)).Error;

        error.Code.ShouldBe("modelUnauthorized");
        error.Hint!.ShouldContain("OPENAI_API_KEY");
        error.ExitCode.ShouldBe(1);
        error.ToString().ShouldNotContain("secret");
        host.Server.ChatRequests.ShouldHaveSingleItem().Headers["Authorization"].ShouldBe($"Bearer {ModelHost.Key}");
    }

    [Fact]
    public async Task AKeyInAServersErrors_IsTakenOutOfMessagesAndLogs()
    {
        await using var host = new ModelHost(key: ModelHost.Key);
        host.Server.Usual = new ModelFault { Status = 500, ErrorMessage = $"cannot serve {ModelHost.Key}\nsecond line" };

        var error = await FailAsync(host);

        error.ToString().ShouldNotContain(ModelHost.Key);
        error.Error.Message.ShouldContain("cannot serve [key] second line");
        host.Log.ShouldNotBeEmpty();
        host.Log.ShouldAllBe(line => !line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task UserAndPasswordInABaseUrl_AreNotShown()
    {
        using var port = new ClosedPort();
        await using var host = new ModelHost();
        var settings = host.Settings with { BaseUrl = $"http://me:secret@127.0.0.1:{port.Number}/v1" };

        var error = await Should.ThrowAsync<ModelRequestException>(() => host.Gateway.CheckAsync(settings, null, host.Timeout));

        error.Error.ToString().ShouldNotContain("secret");
        error.Error.Message.ShouldContain($"http://127.0.0.1:{port.Number}/v1");
    }

    [Fact]
    public async Task AnErrorInsideAStream_IsAFailureOfTheServer()
    {
        await using var host = new ModelHost(options: new ModelGatewayOptions { MaxAttempts = 2 });
        host.Server.Usual = new ModelFault { ErrorInStream = "the runner has crashed" };

        var error = await FailAsync(host);

        error.Error.Code.ShouldBe("modelServerError");
        error.Error.Message.ShouldContain("the runner has crashed");
        host.Server.ChatRequests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Cancelling_ClosesTheConnection()
    {
        await using var host = new ModelHost();
        host.Server.Inject(new ModelFault { Hold = true });
        using var cancel = new CancellationTokenSource();

        var asking = host.AskAsync(cancellationToken: cancel.Token);
        var request = await host.Server.WaitForChatRequestAsync(1, host.Timeout);
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => asking);
        await request.Ended.WaitAsync(host.Timeout);
        request.ClientGone.ShouldBeTrue();
    }

    [Fact]
    public async Task AStreamThatFallsSilent_IsGivenUp()
    {
        var options = new ModelGatewayOptions { MaxAttempts = 1, IdleTimeout = TimeSpan.FromMilliseconds(100) };
        await using var host = new ModelHost(options: options, time: TimeProvider.System);
        host.Server.Usual = new ModelFault { StallAfterEvents = 1 };

        var error = await FailAsync(host);

        error.Error.Code.ShouldBe("streamBroken");
        await host.Server.ChatRequests.ShouldHaveSingleItem().Ended.WaitAsync(host.Timeout);
    }

    [Fact]
    public async Task AServerThatNeverAnswers_IsGivenUp()
    {
        var options = new ModelGatewayOptions { MaxAttempts = 1, FirstByteTimeout = TimeSpan.FromMilliseconds(100) };
        await using var host = new ModelHost(options: options, time: TimeProvider.System);
        host.Server.Usual = new ModelFault { Hold = true };

        (await FailAsync(host)).Error.Code.ShouldBe("streamBroken");
    }

    private static async Task<ModelRequestException> FailAsync(ModelHost host) =>
        await Should.ThrowAsync<ModelRequestException>(() => host.AskAsync());

    private static async Task<Core.Tasks.TaskError> FailWithAsync(int status, string body, Action<ScriptedModelServer>? configure = null)
    {
        await using var host = new ModelHost();
        configure?.Invoke(host.Server);
        host.Server.Usual = new ModelFault { Status = status, RawBody = body };
        return (await FailAsync(host)).Error;
    }
}
