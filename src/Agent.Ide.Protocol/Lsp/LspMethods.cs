namespace Agent.Ide.Protocol.Lsp;

/// <summary>The names of the methods of LSP 3.17 that are in use.</summary>
public static class LspMethods
{
    public const string Initialize = "initialize";
    public const string Initialized = "initialized";
    public const string Shutdown = "shutdown";
    public const string Exit = "exit";
    public const string SetTrace = "$/setTrace";

    public const string DidOpen = "textDocument/didOpen";
    public const string DidChange = "textDocument/didChange";
    public const string DidSave = "textDocument/didSave";
    public const string DidClose = "textDocument/didClose";

    public const string CodeAction = "textDocument/codeAction";
    public const string CodeLens = "textDocument/codeLens";
    public const string ExecuteCommand = "workspace/executeCommand";
    public const string DidChangeConfiguration = "workspace/didChangeConfiguration";
    public const string DidChangeWorkspaceFolders = "workspace/didChangeWorkspaceFolders";

    /// <summary>To the client.</summary>
    public const string PublishDiagnostics = "textDocument/publishDiagnostics";
    public const string CreateProgress = "window/workDoneProgress/create";
    public const string CancelProgress = "window/workDoneProgress/cancel";
    public const string Progress = "$/progress";
    public const string ShowMessage = "window/showMessage";
    public const string ShowMessageRequest = "window/showMessageRequest";
    public const string ShowDocument = "window/showDocument";
    public const string RefreshCodeLenses = "workspace/codeLens/refresh";
    public const string Configuration = "workspace/configuration";
    public const string RegisterCapability = "client/registerCapability";
}
