using System.Text.Json;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.LanguageServer.Sessions;

/// <summary>The editor at the other end: typed calls, and nothing that it did not say it understands.</summary>
public sealed class EditorPeer(RpcConnection connection, ClientCapabilities capabilities)
{
    /// <summary>It shows tasks, approvals and reviews itself, by <c>agent/*</c>.</summary>
    public bool IsOurs { get; } = capabilities.Experimental?.AgentIde == true;

    /// <summary>It has language models that tasks may ask.</summary>
    public bool HasModels { get; } = capabilities.Experimental?.AgentIdeModels == true;

    public bool ShowsProgress { get; } = capabilities.Window?.WorkDoneProgress == true;

    public bool ShowsDocuments { get; } = capabilities.Window?.ShowDocument?.Support == true;

    public bool TakesCodeActions { get; } = capabilities.TextDocument?.CodeAction?.CodeActionLiteralSupport is not null;

    /// <summary>It can be asked for its configuration.</summary>
    public bool AnswersConfiguration { get; } = capabilities.Workspace?.Configuration == true;

    /// <summary>It tells changes of its configuration to who registers for them.</summary>
    public bool RegistersConfigurationChanges { get; } = capabilities.Workspace?.DidChangeConfiguration?.DynamicRegistration == true;

    private bool RefreshesCodeLenses { get; } = capabilities.Workspace?.CodeLens?.RefreshSupport == true;

    public ValueTask TellAsync(int kind, string message, CancellationToken cancellationToken) =>
        connection.NotifyAsync(LspMethods.ShowMessage, new ShowMessageParams(kind, message), LspJson.Default.ShowMessageParams, cancellationToken);

    /// <summary>Shows a message with buttons, and waits for as long as the person takes.</summary>
    /// <returns>The title that was chosen; null when the message was closed, or the editor cannot ask.</returns>
    public async Task<string?> AskAsync(int kind, string message, IReadOnlyList<string> choices, CancellationToken cancellationToken)
    {
        var question = new ShowMessageRequestParams(kind, message, [.. choices.Select(choice => new MessageAction(choice))]);
        try
        {
            var chosen = await connection.InvokeAsync(
                LspMethods.ShowMessageRequest, question, LspJson.Default.ShowMessageRequestParams, LspJson.Default.MessageAction, cancellationToken);

            // "null" is how LSP says that nothing was chosen, whatever the type promises.
            return (chosen as MessageAction)?.Title;
        }
        catch (RpcErrorException)
        {
            await TellAsync(kind, message, cancellationToken);
            return null;
        }
    }

    /// <returns>False when the editor did not, or could not.</returns>
    public async Task<bool> ShowDocumentAsync(string uri, CancellationToken cancellationToken)
    {
        if (!ShowsDocuments)
        {
            return false;
        }

        try
        {
            var result = await connection.InvokeAsync(
                LspMethods.ShowDocument, new ShowDocumentParams(uri), LspJson.Default.ShowDocumentParams, LspJson.Default.ShowDocumentResult, cancellationToken);
            return result.Success;
        }
        catch (RpcErrorException)
        {
            return false;
        }
    }

    /// <returns>One section of its configuration, as it holds for a folder; null where it has none.</returns>
    /// <exception cref="RpcErrorException">It could not say.</exception>
    public async Task<JsonElement?> ConfigurationAsync(string scopeUri, string section, CancellationToken cancellationToken)
    {
        var answer = await connection.InvokeAsync(
            LspMethods.Configuration,
            new ConfigurationParams([new ConfigurationItem(scopeUri, section)]),
            LspJson.Default.ConfigurationParams,
            LspJson.Default.JsonElement,
            cancellationToken);
        return answer.ValueKind == JsonValueKind.Array && answer.GetArrayLength() > 0 ? answer[0] : null;
    }

    public async Task RegisterAsync(Registration registration, CancellationToken cancellationToken)
    {
        try
        {
            await connection.InvokeAsync(
                LspMethods.RegisterCapability, new RegistrationParams([registration]), LspJson.Default.RegistrationParams, RpcEmpty.TypeInfo, cancellationToken);
        }
        catch (RpcErrorException)
        {
            // It tells changes without having been asked to, or does not tell them.
        }
    }

    public ValueTask PublishAsync(PublishDiagnosticsParams diagnostics, CancellationToken cancellationToken) =>
        connection.NotifyAsync(LspMethods.PublishDiagnostics, diagnostics, LspJson.Default.PublishDiagnosticsParams, cancellationToken);

    /// <returns>False when the editor refuses to show it; nothing more is to be sent for this token.</returns>
    public async Task<bool> BeginProgressAsync(string token, ProgressValue begin, CancellationToken cancellationToken)
    {
        try
        {
            await connection.InvokeAsync(
                LspMethods.CreateProgress, new CreateProgressParams(token), LspJson.Default.CreateProgressParams, RpcEmpty.TypeInfo, cancellationToken);
        }
        catch (RpcErrorException)
        {
            return false;
        }

        await ReportProgressAsync(token, begin, cancellationToken);
        return true;
    }

    public ValueTask ReportProgressAsync(string token, ProgressValue value, CancellationToken cancellationToken) =>
        connection.NotifyAsync(LspMethods.Progress, new ProgressParams(token, value), LspJson.Default.ProgressParams, cancellationToken);

    public async Task RefreshCodeLensesAsync(CancellationToken cancellationToken)
    {
        if (!RefreshesCodeLenses)
        {
            return;
        }

        try
        {
            await connection.InvokeAsync(LspMethods.RefreshCodeLenses, RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, cancellationToken);
        }
        catch (RpcErrorException)
        {
            // It asks again by itself the next time it shows the file.
        }
    }
}
