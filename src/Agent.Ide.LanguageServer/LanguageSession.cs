using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Git;
using Agent.Ide.JsonRpc;
using Agent.Ide.LanguageServer.Documents;
using Agent.Ide.LanguageServer.Features.Commands;
using Agent.Ide.LanguageServer.Features.Delegation;
using Agent.Ide.LanguageServer.Features.Hints;
using Agent.Ide.LanguageServer.Features.Lenses;
using Agent.Ide.LanguageServer.Features.Progress;
using Agent.Ide.LanguageServer.Features.Review;
using Agent.Ide.LanguageServer.Features.Settings;
using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Lsp;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.LanguageServer;

/// <summary>
/// LSP 3.17 on a connection of the coordinator: the visible list of its methods, and the life of a session
/// (<c>initialize</c>, <c>initialized</c>, <c>shutdown</c>, <c>exit</c>). An editor that crashes is a connection that ended.
/// </summary>
public sealed class LanguageSession : ISessionPart
{
    private readonly SessionContext _context;
    private readonly OpenDocuments _documents = new();
    private readonly CodeLensHandler _lenses = new();
    private EditorSession? _session;
    private OverlapHints? _hints;
    private TaskWatch? _watch;
    private EditorConfiguration? _configuration;
    private EditorLanguageModels? _models;
    private IDisposable? _offer;
    private IDisposable? _unsaved;
    private bool _shutDown;

    public LanguageSession(SessionContext context) => _context = context;

    public void Register(RpcRouter router)
    {
        var json = LspJson.Default;
        router
            .OnRequest(LspMethods.Initialize, json.InitializeParams, json.InitializeResult, InitializeAsync)
            .OnNotification(LspMethods.Initialized, RpcEmpty.TypeInfo, (_, _) => Done(Begin))
            .OnRequest(LspMethods.Shutdown, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, ShutdownAsync)
            .OnNotification(LspMethods.Exit, RpcEmpty.TypeInfo, (_, _) => Done(_context.Close))
            .OnNotification(LspMethods.SetTrace, RpcEmpty.TypeInfo, (_, _) => Task.CompletedTask)
            .OnNotification(LspMethods.DidChangeConfiguration, json.DidChangeConfigurationParams, (p, _) => Done(() => _configuration?.Changed(p)))
            .OnNotification(LspMethods.DidChangeWorkspaceFolders, json.DidChangeWorkspaceFoldersParams, (p, _) => Done(() => FoldersChanged(p.Event)))
            .OnNotification(LspMethods.DidOpen, json.DidOpenParams, (p, _) => Done(() => _documents.Open(p, Volatile.Read(ref _session)?.Paths)))
            .OnNotification(LspMethods.DidChange, json.DidChangeParams, (p, _) => Done(() => Changed(p)))
            .OnNotification(LspMethods.DidSave, json.DidSaveParams, (p, _) => Done(() => Saved(p.TextDocument.Uri)))
            .OnNotification(LspMethods.DidClose, json.DidCloseParams, (p, _) => Done(() => Closed(p.TextDocument.Uri)))
            .OnRequest(LspMethods.CodeAction, json.CodeActionParams, json.JsonElement, CodeActionsAsync)
            .OnRequest(LspMethods.CodeLens, json.CodeLensParams, json.IReadOnlyListCodeLens, _context.Guard<CodeLensParams, IReadOnlyList<CodeLens>>((p, ct) =>
                _lenses.HandleAsync(Session, p, ct)))
            .OnRequest(LspMethods.ExecuteCommand, json.ExecuteCommandParams, json.JsonElement, _context.Guard<ExecuteCommandParams, System.Text.Json.JsonElement>((p, ct) =>
                ExecuteCommandHandler.HandleAsync(Session, p, ct)))
            .OnNotification(LspMethods.Progress, AgentJson.Default.ModelProgressParams, (p, _) => Done(() => _models?.Progress(p)))
            .OnNotification(LspMethods.CancelProgress, json.CancelProgressParams, CancelProgressAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _offer?.Dispose();
        _unsaved?.Dispose();
        if (_watch is not null)
        {
            await _watch.DisposeAsync();
        }

        if (Interlocked.Exchange(ref _configuration, null) is { } configuration)
        {
            await configuration.DisposeAsync();
        }

        // Taken away first: who still types finds none.
        if (Interlocked.Exchange(ref _hints, null) is { } hints)
        {
            await hints.DisposeAsync();
        }
    }

    private EditorSession Session
    {
        get
        {
            if (_shutDown)
            {
                throw new RpcErrorException(RpcErrorCodes.InvalidRequest, "The session was shut down.");
            }

            return Volatile.Read(ref _session) ?? throw new RpcErrorException(RpcErrorCodes.ServerNotInitialized, "The first request is initialize.");
        }
    }

    private async Task<InitializeResult> InitializeAsync(InitializeParams request, CancellationToken cancellationToken)
    {
        if (_session is not null)
        {
            throw new RpcErrorException(RpcErrorCodes.InvalidRequest, "This connection is initialized already.");
        }

        var checkout = await FindCheckoutAsync(request, cancellationToken);
        _context.Bind(new ClientContext(checkout, _context.Services.EnvironmentOf(request.InitializationOptions?.Environment)));
        var peer = new EditorPeer(_context.Connection, request.Capabilities);
        if (peer.HasModels)
        {
            _models = new EditorLanguageModels(_context.Connection, request.ClientInfo?.Name ?? "the editor");
        }

        _configuration = new EditorConfiguration(peer, new Uri(checkout.Root).AbsoluteUri, settings => _context.Prefer(settings.Tasks), _context.Logger);
        Volatile.Write(ref _session, new EditorSession(_context, peer, _documents, new CheckoutPaths(checkout), new ReviewedHeads(), _configuration));
        return new InitializeResult(Capabilities(peer), new ServerInfo("agent-ide", _context.Services.Options.Version));
    }

    /// <summary>The first of the editor's folders that belongs to this repository.</summary>
    private async Task<GitCheckout> FindCheckoutAsync(InitializeParams request, CancellationToken cancellationToken)
    {
        string?[] named = [.. request.WorkspaceFolders?.Select(static folder => folder.Uri) ?? [], request.RootUri, request.RootPath];
        foreach (var name in named.OfType<string>())
        {
            var path = Uri.TryCreate(name, UriKind.Absolute, out var uri) && uri.IsFile ? uri.LocalPath : name;
            try
            {
                return await _context.Services.Repository.FindCheckoutAsync(path, cancellationToken);
            }
            catch (GitException)
            {
                // A folder of another repository, or of none; the next one may be ours.
            }
        }

        throw new RpcErrorException(
            RpcErrorCodes.InvalidParams, $"None of the folders that are open belongs to {_context.Services.Repository.CommonDirectory}.");
    }

    private static ServerCapabilities Capabilities(EditorPeer peer) => new()
    {
        TextDocumentSync = new TextDocumentSyncOptions(OpenClose: true, TextDocumentSyncOptions.Incremental, Save: true),
        CodeActionProvider = new CodeActionOptions(CodeActionHandler.Kinds),
        CodeLensProvider = new CodeLensOptions(ResolveProvider: false),
        ExecuteCommandProvider = peer.IsOurs ? null : new ExecuteCommandOptions(AgentCommands.All),
        Workspace = new ServerWorkspaceCapabilities(new WorkspaceFoldersOptions(Supported: true, ChangeNotifications: true)),
        Experimental = new ServerExperimental(AgentMethods.ProtocolVersion),
    };

    private void Begin()
    {
        if (_hints is null && Volatile.Read(ref _session) is { } session)
        {
            session.Configuration.Begin();
            _hints = new OverlapHints(session);
            _unsaved = session.Services.Unsaved.Add(_context.Client.Checkout, ct => _documents.UnsavedAsync(session.Paths, ct));
            _offer = _models is null ? null : session.Services.EditorModels.Add(_models);
            _watch = TaskWatch.Begin(session, _hints);
        }
    }

    /// <summary>
    /// Changes nothing: what a session speaks for is its checkout, whichever folders of it are open, and stays so until the editor ends it.
    /// Files of other repositories are left alone by every feature.
    /// </summary>
    private void FoldersChanged(WorkspaceFoldersChange change)
    {
        foreach (var folder in change.Added)
        {
            _context.Logger.LogInformation("The editor opened {Folder} as well; the session goes on speaking for {Checkout}.", folder.Uri, _context.Client.Checkout.Root);
        }
    }

    private void Closed(string uri)
    {
        _documents.Close(uri);
        _hints?.RefreshOnceSettled();
    }

    private void Changed(DidChangeParams changed)
    {
        _documents.Change(changed);
        _hints?.RefreshOnceSettled();
    }

    private void Saved(string uri)
    {
        _documents.Save(uri);
        _hints?.Refresh();
    }

    private Task<System.Text.Json.JsonElement> CodeActionsAsync(CodeActionParams request, CancellationToken cancellationToken)
    {
        var session = Session;
        var actions = CodeActionHandler.Handle(session, request);

        // An editor of before code actions knows commands only.
        return Task.FromResult(session.Peer.TakesCodeActions
            ? System.Text.Json.JsonSerializer.SerializeToElement(actions, LspJson.Default.IReadOnlyListCodeAction)
            : System.Text.Json.JsonSerializer.SerializeToElement([.. actions.Select(static action => action.Command)], LspJson.Default.IReadOnlyListCommand));
    }

    private async Task CancelProgressAsync(CancelProgressParams request, CancellationToken cancellationToken)
    {
        if (TaskProgress.TaskOf(request.Token) is { } id)
        {
            using var lease = await Session.Services.Tasks.LeaseAsync(id, cancellationToken);
            await lease.Actor.StopAsync(cancellationToken);
        }
    }

    private async Task<RpcEmpty> ShutdownAsync(RpcEmpty request, CancellationToken cancellationToken)
    {
        _shutDown = true;
        await DisposeAsync();
        _watch = null;
        return RpcEmpty.Value;
    }

    private static Task Done(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
