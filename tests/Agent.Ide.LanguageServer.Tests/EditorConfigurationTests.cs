using System.Text.Json;
using System.Threading.Channels;
using Agent.Ide.JsonRpc;
using Agent.Ide.LanguageServer.Features.Settings;
using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Testing.Coordinators;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.LanguageServer.Tests;

/// <summary>An editor at the other end of a real connection, whose configuration is what a test says.</summary>
public sealed class EditorConfigurationTests : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _timeout = new(s_patience);
    private readonly Channel<string> _messages = Channel.CreateUnbounded<string>();
    private readonly Channel<EditorSettings> _applied = Channel.CreateUnbounded<EditorSettings>();
    private readonly Channel<string> _registered = Channel.CreateUnbounded<string>();
    private readonly Queue<Func<string>> _answers = new();
    private readonly RpcConnection _editor;
    private readonly RpcConnection _server;

    public EditorConfigurationTests()
    {
        var (editor, server) = DuplexStream.CreatePair();
        var json = LspJson.Default;
        var router = new RpcRouter()
            .OnRequest(LspMethods.Configuration, json.ConfigurationParams, json.JsonElement, (asked, _) => Task.FromResult(Answer(asked)))
            .OnRequest(LspMethods.RegisterCapability, json.RegistrationParams, RpcEmpty.TypeInfo, (registered, _) =>
            {
                _registered.Writer.TryWrite($"{registered.Registrations.Single().Method} {registered.Registrations.Single().RegisterOptions.Section}").ShouldBeTrue();
                return Task.FromResult(RpcEmpty.Value);
            })
            .OnNotification(LspMethods.ShowMessage, json.ShowMessageParams, (shown, _) =>
            {
                _messages.Writer.TryWrite(shown.Message).ShouldBeTrue();
                return Task.CompletedTask;
            });
        _editor = new RpcConnection(editor, editor, router);
        _server = new RpcConnection(server, server, new RpcRouter());
        _editor.Start();
        _server.Start();
    }

    [Fact]
    public async Task AnEditorThatCanBeAsked_IsAskedOnceItIsInitialized_AndAgainAfterEachChange()
    {
        _answers.Enqueue(() => """[{"notifications":"none"}]""");
        _answers.Enqueue(() => """[{"notifications":"questions","model":"large"}]""");
        await using var configuration = Make("""{"workspace":{"configuration":true,"didChangeConfiguration":{"dynamicRegistration":true}}}""");

        configuration.Begin();

        (await _registered.Reader.ReadAsync(_timeout.Token)).ShouldBe("workspace/didChangeConfiguration agentIde");
        await configuration.ReadyAsync(_timeout.Token);
        configuration.Current.Notifications.ShouldBe(NotificationsWanted.None);
        (await _applied.Reader.ReadAsync(_timeout.Token)).Tasks.Model.ShouldBeNull();

        // What is pushed beside counts for nothing where the editor can be asked.
        configuration.Changed(new DidChangeConfigurationParams(Parse("""{"agentIde":{"notifications":"all"}}""")));

        (await _applied.Reader.ReadAsync(_timeout.Token)).ShouldBe(new EditorSettings(NotificationsWanted.Questions, new("large", null)));
    }

    [Fact]
    public async Task AnEditorThatCannotBeAsked_IsTakenAtWhatItPushes_AndNotWaitedFor()
    {
        await using var configuration = Make("{}");
        configuration.Begin();
        await configuration.ReadyAsync(_timeout.Token);
        configuration.Current.ShouldBe(EditorSettings.Default);

        configuration.Changed(new DidChangeConfigurationParams(Parse("""{"agentIde":{"notifications":"none"},"other":{}}""")));
        (await _applied.Reader.ReadAsync(_timeout.Token)).Notifications.ShouldBe(NotificationsWanted.None);

        configuration.Changed(new DidChangeConfigurationParams(Parse("""{"other":{}}""")));
        (await _applied.Reader.ReadAsync(_timeout.Token)).ShouldBe(EditorSettings.Default);
    }

    [Fact]
    public async Task ABadValue_IsToldOnce_AndAgainOnlyWhenItComesBack()
    {
        string[] answers = ["""[{"notifications":"loud"}]""", """[{"notifications":"loud"}]""", "[{}]", """[{"notifications":"loud"}]""", """[{"model":5}]"""];
        foreach (var answer in answers)
        {
            _answers.Enqueue(() => answer);
        }

        await using var configuration = Make("""{"workspace":{"configuration":true}}""");
        configuration.Begin();
        foreach (var _ in answers)
        {
            await _applied.Reader.ReadAsync(_timeout.Token);
            configuration.Changed(new DidChangeConfigurationParams());
        }

        foreach (var key in new[] { "agentIde.notifications", "agentIde.notifications", "agentIde.model" })
        {
            (await _messages.Reader.ReadAsync(_timeout.Token)).ShouldContain(key);
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("null")]
    [InlineData("{}")]
    public async Task AnEditorThatAnswersNothingUseful_GetsTheDefaults(string answer)
    {
        _answers.Enqueue(() => answer);
        await using var configuration = Make("""{"workspace":{"configuration":true}}""");

        configuration.Begin();

        (await _applied.Reader.ReadAsync(_timeout.Token)).ShouldBe(EditorSettings.Default);
    }

    [Fact]
    public async Task AnEditorThatRefusesToAnswer_KeepsWhatWasKnown_AndTheSessionGoesOn()
    {
        _answers.Enqueue(() => """[{"notifications":"none"}]""");
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers.Enqueue(() =>
        {
            refused.SetResult();
            throw new RpcErrorException(RpcErrorCodes.RequestFailed, "Not now.");
        });
        _answers.Enqueue(() => """[{"notifications":"questions"}]""");
        await using var configuration = Make("""{"workspace":{"configuration":true}}""");
        configuration.Begin();
        (await _applied.Reader.ReadAsync(_timeout.Token)).Notifications.ShouldBe(NotificationsWanted.None);

        configuration.Changed(new DidChangeConfigurationParams());
        await refused.Task.WaitAsync(_timeout.Token);
        configuration.Current.Notifications.ShouldBe(NotificationsWanted.None);
        configuration.Changed(new DidChangeConfigurationParams());

        (await _applied.Reader.ReadAsync(_timeout.Token)).Notifications.ShouldBe(NotificationsWanted.Questions);
    }

    public async ValueTask DisposeAsync()
    {
        await _editor.DisposeAsync();
        await _server.DisposeAsync();
        _timeout.Dispose();
    }

    private EditorConfiguration Make(string capabilities)
    {
        var said = JsonSerializer.Deserialize(capabilities, LspJson.Default.ClientCapabilities)!;
        return new EditorConfiguration(
            new EditorPeer(_server, said), "file:///repository", settings => _applied.Writer.TryWrite(settings).ShouldBeTrue(), NullLogger.Instance);
    }

    private JsonElement Answer(ConfigurationParams asked)
    {
        asked.Items.Single().ShouldBe(new ConfigurationItem("file:///repository", "agentIde"));
        return Parse(_answers.TryDequeue(out var answer) ? answer() : "[{}]");
    }

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
