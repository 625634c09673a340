using System.Text.Json;

namespace Agent.Ide.Protocol.Lsp;

/// <summary><c>initialize</c>: the first request of a connection that speaks LSP. Only what is read is named.</summary>
public sealed record InitializeParams
{
    public ClientInfo? ClientInfo { get; init; }

    public string? RootUri { get; init; }

    /// <summary>Older clients name the folder by its path.</summary>
    public string? RootPath { get; init; }

    public IReadOnlyList<WorkspaceFolder>? WorkspaceFolders { get; init; }

    public ClientCapabilities Capabilities { get; init; } = new();

    public InitializationOptions? InitializationOptions { get; init; }
}

public sealed record ClientInfo(string Name);

/// <param name="Uri">A file URI.</param>
public sealed record WorkspaceFolder(string Uri, string Name);

/// <summary>Options of ours, for clients that start the server themselves.</summary>
public sealed record InitializationOptions
{
    /// <summary>As in <c>agent/attach</c>: the caller's own settings and keys. <c>agent-ide lsp</c> fills it in.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
}

public sealed record ClientCapabilities
{
    public WindowCapabilities? Window { get; init; }

    public WorkspaceCapabilities? Workspace { get; init; }

    public TextDocumentCapabilities? TextDocument { get; init; }

    public ExperimentalCapabilities? Experimental { get; init; }
}

public sealed record WindowCapabilities
{
    public bool WorkDoneProgress { get; init; }

    public SupportCapability? ShowDocument { get; init; }

    public JsonElement? ShowMessage { get; init; }
}

public sealed record SupportCapability(bool Support = false);

public sealed record WorkspaceCapabilities
{
    public RefreshCapability? CodeLens { get; init; }

    /// <summary>It answers <c>workspace/configuration</c>.</summary>
    public bool Configuration { get; init; }

    public DynamicCapability? DidChangeConfiguration { get; init; }
}

/// <param name="DynamicRegistration">The client takes <c>client/registerCapability</c> for the method.</param>
public sealed record DynamicCapability(bool DynamicRegistration = false);

public sealed record RefreshCapability(bool RefreshSupport = false);

public sealed record TextDocumentCapabilities
{
    public CodeActionCapabilities? CodeAction { get; init; }
}

public sealed record CodeActionCapabilities
{
    /// <summary>Present: the client takes code actions; absent: plain commands only.</summary>
    public JsonElement? CodeActionLiteralSupport { get; init; }
}

public sealed record ExperimentalCapabilities
{
    /// <summary>The client is a front end of ours: it gets <c>agent/*</c>, and shows tasks, approvals and reviews itself.</summary>
    public bool AgentIde { get; init; }

    /// <summary>The editor has models of its own: it answers <c>agent/model/list</c> and <c>agent/model/chat</c>.</summary>
    public bool AgentIdeModels { get; init; }
}

public sealed record InitializeResult(ServerCapabilities Capabilities, ServerInfo ServerInfo);

public sealed record ServerInfo(string Name, string Version);

public sealed record ServerCapabilities
{
    public required TextDocumentSyncOptions TextDocumentSync { get; init; }

    public CodeActionOptions? CodeActionProvider { get; init; }

    public CodeLensOptions? CodeLensProvider { get; init; }

    /// <summary>Null for clients of ours, whose libraries would register the commands a second time.</summary>
    public ExecuteCommandOptions? ExecuteCommandProvider { get; init; }

    public ServerWorkspaceCapabilities? Workspace { get; init; }

    public ServerExperimental? Experimental { get; init; }
}

/// <param name="Change">2: incremental.</param>
public sealed record TextDocumentSyncOptions(bool OpenClose, int Change, bool Save)
{
    public const int Incremental = 2;
}

public sealed record CodeActionOptions(IReadOnlyList<string> CodeActionKinds);

public sealed record CodeLensOptions(bool ResolveProvider);

public sealed record ExecuteCommandOptions(IReadOnlyList<string> Commands);

public sealed record ServerWorkspaceCapabilities(WorkspaceFoldersOptions WorkspaceFolders);

public sealed record WorkspaceFoldersOptions(bool Supported, bool ChangeNotifications);

/// <param name="AgentIde">Version of the <c>agent/*</c> methods that are served on this connection.</param>
public sealed record ServerExperimental(int AgentIde);
