using System.Net;
using System.Net.Sockets;
using Agent.Ide.Coordinator.Models;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Testing.Models;

namespace Agent.Ide.Coordinator.Tests.Models;

/// <summary>Which model a task gets, and what is said where there is none.</summary>
public sealed class ModelChoiceTests
{
    private static readonly TaskSettings Auto = new() { Provider = "auto" };

    [Fact]
    public async Task Auto_TakesTheFirstServerThatAnswers_AndSendsItNoKey()
    {
        using var closed = new ClosedPort();
        await using var web = ScriptedModelServer.Start("{}");
        web.AddRoute("GET /v1/models", "[\"a web application\"]");
        await using var first = ScriptedModelServer.Start("{}");
        first.Models = ["nomic-embed-text", "qwen"];
        await using var second = ScriptedModelServer.Start("{}");
        await using var host = Host(closed.Number, web.Port, first.Port, second.Port);

        var choice = await host.Gateway.CheckAsync(Auto, null, host.Timeout);

        choice.Provider.ShouldBe("local");
        choice.BaseUrl.ShouldBe(first.BaseUrl.AbsoluteUri);
        choice.Model.ShouldBe("qwen");
        choice.ContextWindow.ShouldBeNull();
        choice.Server.ShouldContain("server 2");

        using var client = await host.Gateway.ForTaskAsync(choice.ApplyTo(Auto), choice.Model, host.Timeout);
        await client.GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "hi")], null, host.Timeout);
        first.Requests.Count.ShouldBeGreaterThan(1);
        first.Requests.Concat(second.Requests).Concat(web.Requests).ShouldAllBe(request => !request.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task Auto_PrefersTheServerThatHasTheModel()
    {
        await using var first = ScriptedModelServer.Start("{}");
        await using var second = ScriptedModelServer.Start("{}");
        second.Models = ["llama3.2:latest"];
        await using var host = Host(first.Port, second.Port);

        (await host.Gateway.CheckAsync(Auto, "llama3.2", host.Timeout)).BaseUrl.ShouldBe(second.BaseUrl.AbsoluteUri);
        (await host.Gateway.CheckAsync(Auto, "unknown", host.Timeout)).BaseUrl.ShouldBe(first.BaseUrl.AbsoluteUri);
    }

    [Fact]
    public async Task Auto_DoesNotWaitForAPortThatIsSilent()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var second = ScriptedModelServer.Start("{}");
        await using var host = Host(TimeProvider.System, ((IPEndPoint)silent.LocalEndpoint).Port, second.Port);

        (await host.Gateway.CheckAsync(Auto, null, host.Timeout)).BaseUrl.ShouldBe(second.BaseUrl.AbsoluteUri);
    }

    [Fact]
    public async Task Auto_WhereNothingAnswers_SaysHowToSetOneUp_EvenWithAKeyInTheEnvironment()
    {
        using var closed = new ClosedPort();
        await using var host = Host(closed.Number);

        var error = await Should.ThrowAsync<ModelRequestException>(() => host.Gateway.CheckAsync(Auto, null, host.Timeout));

        error.Error.Code.ShouldBe("modelUnreachable");
        error.Error.ExitCode.ShouldBe(6);
        error.Error.Message.ShouldContain($":{closed.Number}");
        error.Error.Hint!.ShouldContain("ollama serve");
        error.Error.Hint!.ShouldContain("base_url");
        error.Error.Hint!.ShouldContain("agent-ide doctor");
    }

    [Fact]
    public async Task Auto_WhereAServerHasNoModel_SaysSo()
    {
        await using var empty = ScriptedModelServer.Start("{}");
        empty.AddRoute("GET /v1/models", """{"object":"list","data":null}""");
        await using var host = Host(empty.Port);

        var error = await Should.ThrowAsync<ModelRequestException>(() => host.Gateway.CheckAsync(Auto, null, host.Timeout));

        error.Error.Message.ShouldBe("server 0 answers but has no model.");
        error.Error.ExitCode.ShouldBe(6);
    }

    [Theory]
    [InlineData("library", "GET /api/ps", """{"models":[{"model":"m1","context_length":16384}]}""", 16384)]
    [InlineData("library", "POST /api/show", """{"parameters":"stop \"<|im_end|>\"\nnum_ctx                        32768","model_info":{"qwen3.context_length":262144}}""", 32768)]
    [InlineData("library", "POST /api/show", """{"model_info":{"general.architecture":"qwen3","qwen3.context_length":262144}}""", 4096)]
    [InlineData("library", "POST /api/show", """{"model_info":{"tiny.context_length":2048}}""", 2048)]
    [InlineData("llamacpp", "GET /props", """{"default_generation_settings":{"n_ctx":65536}}""", 65536)]
    [InlineData("organization_owner", "GET /api/v0/models", """{"data":[{"id":"m1","state":"loaded","max_context_length":131072,"loaded_context_length":8000}]}""", 8000)]
    [InlineData("organization_owner", "GET /api/v0/models", """{"data":[{"id":"m1","state":"not-loaded","max_context_length":131072}]}""", null)]
    [InlineData("vllm", "GET /v1/models", """{"data":[{"id":"m1","owned_by":"vllm","max_model_len":12000}]}""", 12000)]
    [InlineData("library", "GET /api/ps", "not json", null)]
    [InlineData("someone", "GET /props", """{"default_generation_settings":{"n_ctx":1}}""", null)]
    public async Task TheWindow_IsTheOneTheServerRunsTheModelWith(string ownedBy, string route, string json, int? expected)
    {
        await using var host = new ModelHost();
        host.Server.Models = ["m1"];
        host.Server.OwnedBy = ownedBy;
        host.Server.AddRoute(route, json);

        (await host.Gateway.CheckAsync(host.Settings, null, host.Timeout)).ContextWindow.ShouldBe(expected);
    }

    [Fact]
    public async Task OpenAi_WithABaseUrl_TakesTheFirstModelThatTheServerOffers()
    {
        await using var host = new ModelHost(key: ModelHost.Key);
        host.Server.Models = ["alpha", "beta"];

        var choice = await host.Gateway.CheckAsync(host.Settings with { BaseUrl = $"http://127.0.0.1:{host.Server.Port}" }, null, host.Timeout);

        choice.ShouldBe(new ModelChoice("openai", host.Server.BaseUrl.AbsoluteUri, "alpha", null, host.Server.BaseUrl.AbsoluteUri));
        host.Server.Requests[0].Headers["Authorization"].ShouldBe($"Bearer {ModelHost.Key}");
        (await host.Gateway.CheckAsync(host.Settings, "gamma", host.Timeout)).Model.ShouldBe("gamma");
    }

    [Fact]
    public async Task AutoWithABaseUrl_IsTheServerThere()
    {
        await using var host = new ModelHost();

        var choice = await host.Gateway.CheckAsync(host.Settings with { Provider = "auto" }, null, host.Timeout);

        choice.Provider.ShouldBe("openai");
        choice.Model.ShouldBe("scripted");
    }

    [Theory]
    [InlineData("GET /v1/models", """{"detail":"no such thing"}""")]
    [InlineData("GET /v1/models", "<html>")]
    public async Task AServerThatListsNoModels_IsThere_AndGetsAnyName(string route, string body)
    {
        await using var host = new ModelHost();
        host.Server.AddRoute(route, body);

        (await host.Gateway.CheckAsync(host.Settings, null, host.Timeout)).Model.ShouldBe("default");
        (await host.Gateway.CheckAsync(host.Settings, "mine", host.Timeout)).Model.ShouldBe("mine");
    }

    [Fact]
    public async Task AServerThatRefusesTheKey_IsThere_AndTheTaskSaysWhatIsWrong()
    {
        await using var host = new ModelHost(key: "wrong");
        host.Server.RequiredKey = ModelHost.Key;

        (await host.Gateway.CheckAsync(host.Settings, null, host.Timeout)).Model.ShouldBe("default");
        (await Should.ThrowAsync<ModelRequestException>(() => host.AskAsync())).Error.Code.ShouldBe("modelUnauthorized");
    }

    [Fact]
    public async Task NoModelReachable_IsToldAtOnce()
    {
        using var closed = new ClosedPort();
        await using var host = new ModelHost();

        var error = await Should.ThrowAsync<ModelRequestException>(
            () => host.Gateway.CheckAsync(host.Settings with { BaseUrl = $"http://127.0.0.1:{closed.Number}/v1" }, "m", host.Timeout));

        error.Error.Code.ShouldBe("modelUnreachable");
        error.Error.ExitCode.ShouldBe(6);
    }

    [Fact]
    public async Task AServerThatTakesConnectionsButIsSilent_IsUnreachable_UnlessItAnswersAnotherTask()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var baseUrl = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/v1";
        var options = new ModelGatewayOptions { CheckTimeout = TimeSpan.FromMilliseconds(200) };
        await using var host = new ModelHost(options: options, time: TimeProvider.System);
        var settings = host.Settings with { BaseUrl = baseUrl };

        (await Should.ThrowAsync<ModelRequestException>(() => host.Gateway.CheckAsync(settings, null, host.Timeout))).Error.ExitCode.ShouldBe(6);

        using var client = await host.Gateway.ForTaskAsync(settings, "m1", host.Timeout);
        using var cancel = new CancellationTokenSource();
        var busy = client.GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "hi")], null, cancel.Token);
        (await host.Gateway.CheckAsync(settings, "m1", host.Timeout)).Model.ShouldBe("m1");
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => busy);
    }

    [Fact]
    public async Task AConnectionThatCannotBeMade_IsUnreachable()
    {
        // A queue of one that is full: the system drops further attempts to connect, as a firewall would.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var fillers = Enumerable.Range(0, 8).Select(_ => new TcpClient()).ToList();
        var connecting = fillers.Select(filler => filler.ConnectAsync((IPEndPoint)full.LocalEndPoint!)).ToList();
        await Task.WhenAny(connecting);
        var options = new ModelGatewayOptions { ConnectTimeout = TimeSpan.FromMilliseconds(200) };
        await using var host = new ModelHost(options: options);

        var error = await Should.ThrowAsync<ModelRequestException>(() => host.Gateway.CheckAsync(
            host.Settings with { BaseUrl = $"http://127.0.0.1:{((IPEndPoint)full.LocalEndPoint!).Port}/v1" }, null, host.Timeout));

        error.Error.Code.ShouldBe("modelUnreachable");
        fillers.ForEach(filler => filler.Dispose());
        await Task.WhenAll(connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Theory]
    [InlineData("anthropic", null, 2, "not built yet")]
    [InlineData("editor", null, 6, "No editor with models")]
    [InlineData("mystery", null, 2, "no provider mystery")]
    [InlineData("openai", "ftp://x", 2, "not an http")]
    [InlineData("openai", "not a url", 2, "not an http")]
    [InlineData("openai", null, 6, "OPENAI_API_KEY is not set")]
    [InlineData("scripted", null, 2, "needs a script")]
    public async Task SettingsThatCannotWork_AreRefusedBeforeATaskExists(string provider, string? baseUrl, int exitCode, string message)
    {
        await using var host = new ModelHost();
        var settings = new TaskSettings { Provider = provider, BaseUrl = baseUrl };

        var error = await Should.ThrowAsync<ModelRequestException>(() => host.Gateway.CheckAsync(settings, null, host.Timeout));

        error.Error.ExitCode.ShouldBe(exitCode);
        error.Error.Message.ShouldContain(message);
        error.Error.Hint.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task ATaskFromBeforeTheChoice_IsGivenOneWhenItStarts()
    {
        await using var first = ScriptedModelServer.Start("{}");
        await using var host = Host(first.Port);

        using var client = await host.Gateway.ForTaskAsync(Auto, null, host.Timeout);

        (await client.GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, "hi")], null, host.Timeout)).Text.ShouldBe("done");
    }

    private static ModelHost Host(params int[] ports) => Host(null, ports);

    private static ModelHost Host(TimeProvider? time, params int[] ports) => new(
        options: new ModelGatewayOptions { LocalServers = [.. ports.Select((port, index) => new LocalServer($"server {index}", port))] },
        time: time,
        key: ModelHost.Key);
}
