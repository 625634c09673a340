using System.Text.Json;
using Agent.Ide.JsonRpc;
using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol.Lsp;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.LanguageServer.Features.Settings;

/// <summary>
/// The editor's own settings, kept up to date: asked for after <c>initialized</c> and after each change where the editor can be asked,
/// taken as they are pushed where it cannot.
/// </summary>
public sealed class EditorConfiguration : IAsyncDisposable
{
    /// <summary>An editor that does not answer is not waited for any longer; its answer counts once it comes.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly EditorPeer _peer;
    private readonly string _scopeUri;
    private readonly Action<EditorSettings> _apply;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _following = Task.CompletedTask;
    private JsonElement? _pushed;
    private EditorSettings _current = EditorSettings.Default;
    private IReadOnlyList<string> _told = [];

    /// <param name="peer">Who is asked, and told.</param>
    /// <param name="scopeUri">The folder that the settings are to hold for.</param>
    /// <param name="apply">Called with what holds from then on, by one caller at a time.</param>
    /// <param name="logger">Hears of an editor that cannot answer.</param>
    public EditorConfiguration(EditorPeer peer, string scopeUri, Action<EditorSettings> apply, ILogger logger)
    {
        _peer = peer;
        _scopeUri = scopeUri;
        _apply = apply;
        _logger = logger;
    }

    public EditorSettings Current => Volatile.Read(ref _current);

    /// <summary>Called when the editor says that it is initialized: nothing may be asked before.</summary>
    public void Begin()
    {
        if (_peer.AnswersConfiguration)
        {
            LookAgain();
        }
        else
        {
            _first.TrySetResult();
        }

        _following = Task.Run(FollowAsync);
    }

    /// <summary>The editor says that something changed.</summary>
    public void Changed(DidChangeConfigurationParams change)
    {
        _pushed = change.Settings;
        LookAgain();
    }

    /// <summary>Waits until the settings are known, or are not to be expected.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _first.Task.WaitAsync(s_patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            _first.TrySetResult();
            _logger.LogInformation("The editor was asked for its configuration and has not answered yet; the defaults hold until then.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _following;
        _first.TrySetResult();
        _closing.Dispose();
        _wanted.Dispose();
    }

    private void LookAgain()
    {
        try
        {
            _wanted.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // A look is due already and sees this change as well, or the session has ended.
        }
    }

    private async Task FollowAsync()
    {
        try
        {
            if (_peer.RegistersConfigurationChanges)
            {
                await _peer.RegisterAsync(
                    new Registration("agentIde.configuration", LspMethods.DidChangeConfiguration, new SectionRegistrationOptions(EditorSettingsReader.Section)), _closing.Token);
            }

            while (true)
            {
                await _wanted.WaitAsync(_closing.Token);
                await LookAsync(_closing.Token);
                _first.TrySetResult();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionClosedException or ObjectDisposedException)
        {
            // The editor left.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        JsonElement? section;
        try
        {
            section = _peer.AnswersConfiguration ? await _peer.ConfigurationAsync(_scopeUri, EditorSettingsReader.Section, cancellationToken) : PushedSection();
        }
        catch (RpcErrorException e)
        {
            _logger.LogInformation("The editor did not tell its configuration, so what was known of it still holds: {Reason}", e.Message);
            return;
        }

        var (settings, problems) = EditorSettingsReader.Read(section);
        Volatile.Write(ref _current, settings);
        _apply(settings);
        foreach (var problem in problems.Except(_told))
        {
            await _peer.TellAsync(MessageKinds.Warning, problem, cancellationToken);
        }

        _told = problems;
    }

    private JsonElement? PushedSection() =>
        _pushed is { ValueKind: JsonValueKind.Object } all && all.TryGetProperty(EditorSettingsReader.Section, out var section) ? section : null;
}
