using System.Text.Json;
using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Hosting.Connections;
using Agent.Ide.Coordinator.Setup;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Git;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Setup;
using Agent.Ide.Protocol.Tasks;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>
/// One connection. Translates <c>agent/*</c> to the coordinator's services and back, beside the other <see cref="ISessionPart"/>s; decides
/// nothing about tasks itself.
/// </summary>
public sealed class ClientSession : IAsyncDisposable
{
    private readonly CoordinatorServices _services;
    private readonly SessionContext _context;
    private readonly ILogger _logger;
    private readonly ConnectionLimits _limits;
    private readonly RpcConnection _connection;
    private readonly ISessionPart[] _parts;
    private readonly SessionOutbox _outbox = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Action<FeedEntry> _listener;
    private Task? _sending;

    public ClientSession(Stream stream, CoordinatorServices services, ILogger logger)
    {
        _services = services;
        _logger = logger;
        _context = new SessionContext(services, logger);
        _parts = [.. services.Options.SessionParts.Select(make => make(_context))];
        _listener = _outbox.Add;
        var routes = Routes();
        foreach (var part in _parts)
        {
            part.Register(routes);
        }

        _limits = services.Options.Connections;
        _connection = new RpcConnection(stream, stream, routes, new RpcConnectionOptions
        {
            MaxIncomingBytes = _limits.MaxIntroductionBytes,
            MessageTimeout = _limits.MessageTime,
            WriteTimeout = _limits.ReadTime,
            MaxConcurrentRequests = _limits.MaxConcurrentRequests,
            MaxQueuedMessages = _limits.MaxQueuedMessages,
            MaxQueuedBytes = _limits.MaxQueuedBytes,
            MessagesPerSecond = _limits.MessagesPerSecond,
            OnProblem = (message, exception) => logger.LogWarning(exception, "A client's connection: {Message}", message),
        });
        _context.Use(_connection);
    }

    /// <summary>Serves until the client is gone.</summary>
    public async Task RunAsync()
    {
        _connection.Start();
        using var introduction = new CancellationTokenSource(_limits.Introduction);
        await using var cutting = introduction.Token.UnsafeRegister(_ => CutOffUnbound(), null);
        try
        {
            await await Task.WhenAny(_connection.Completion, _context.Closing);
        }
        catch (RpcFramingException e)
        {
            _logger.LogWarning("A client did not speak the protocol and was cut off: {Message}", e.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        foreach (var part in _parts)
        {
            await part.DisposeAsync();
        }

        await _connection.DisposeAsync();
        _services.Feed.Unlisten(_listener); // Last: an attach that was still under way may have begun to listen.
        await (_sending ?? Task.CompletedTask);
        _outbox.Dispose();
        _closing.Dispose();
    }

    /// <summary>Whoever connects and says nothing takes a place from others.</summary>
    private void CutOffUnbound()
    {
        if (!_context.IsBound)
        {
            _logger.LogWarning("A client did not say within {Time} for which checkout it speaks, and was cut off.", _limits.Introduction);
            _context.Close();
        }
    }

    private RpcRouter Routes()
    {
        var json = AgentJson.Default;
        return new RpcRouter()
            .OnRequest(AgentMethods.Attach, json.AttachParams, json.AttachResult, _context.Guard<AttachParams, AttachResult>(AttachAsync))
            .OnRequest(AgentMethods.Create, json.CreateTaskParams, json.AgentTask, _context.Guard<CreateTaskParams, AgentTask>((p, ct) => _services.Creation.CreateAsync(Client, p, ct)))
            .OnRequest(AgentMethods.List, json.EmptyParams, json.TaskListResult, _context.Guard<EmptyParams, TaskListResult>((_, _) =>
                Task.FromResult(new TaskListResult(_services.Tasks.Views, _services.Board.Sequence))))
            .OnRequest(AgentMethods.Get, json.TaskIdParams, json.TaskDetails, _context.Guard<TaskIdParams, TaskDetails>(GetAsync))
            .OnRequest(AgentMethods.Stop, json.TaskIdParams, json.AgentTask, OnTask((actor, ct) => actor.StopAsync(ct)))
            .OnRequest(AgentMethods.Resume, json.TaskIdParams, json.AgentTask, OnTask((actor, ct) => actor.ResumeAsync(_services.Creation.LimitsOf(Client), ct)))
            .OnRequest(AgentMethods.Discard, json.DiscardParams, json.AgentTask, _context.Guard<DiscardParams, AgentTask>((p, ct) =>
                OnTaskAsync(p.Id, actor => actor.DiscardAsync(p.Force, ct), ct)))
            .OnRequest(AgentMethods.Restore, json.TaskIdParams, json.AgentTask, OnTask((actor, ct) => actor.RestoreAsync(ct)))
            .OnRequest(AgentMethods.Message, json.MessageParams, json.AgentTask, _context.Guard<MessageParams, AgentTask>((p, ct) =>
                OnTaskAsync(p.Id, actor => actor.MessageAsync(MessageText.Of(p), _services.Creation.LimitsOf(Client), ct), ct)))
            .OnRequest(AgentMethods.Rollback, json.RollbackParams, json.AgentTask, _context.Guard<RollbackParams, AgentTask>((p, ct) =>
                OnTaskAsync(p.Id, actor => actor.RollbackAsync(p.Step, ct), ct)))
            .OnRequest(AgentMethods.Fork, json.ForkParams, json.AgentTask, _context.Guard<ForkParams, AgentTask>((p, ct) => _services.Forks.ForkAsync(Client, p, ct)))
            .OnRequest(AgentMethods.ResumeCommit, json.ResumeCommitParams, json.AgentTask, _context.Guard<ResumeCommitParams, AgentTask>((p, ct) => _services.Forks.ResumeAsync(Client, p, ct)))
            .OnRequest(AgentMethods.RespondApproval, json.ApprovalResponseParams, json.EmptyResult, _context.Guard<ApprovalResponseParams, EmptyResult>(RespondAsync))
            .OnRequest(AgentMethods.Approvals, json.EmptyParams, json.StandingApprovalsResult, _context.Guard<EmptyParams, StandingApprovalsResult>((_, _) => Task.FromResult(ListApprovals())))
            .OnRequest(AgentMethods.RevokeApprovals, json.RevokeApprovalsParams, json.StandingApprovalsResult, _context.Guard<RevokeApprovalsParams, StandingApprovalsResult>(RevokeApprovalsAsync))
            .OnRequest(AgentMethods.Diff, json.DiffParams, json.DiffResult, _context.Guard<DiffParams, DiffResult>(_services.Review.DiffAsync))
            .OnRequest(AgentMethods.Patch, json.PatchParams, json.PatchResult, _context.Guard<PatchParams, PatchResult>(_services.Review.PatchAsync))
            .OnRequest(AgentMethods.Content, json.ContentParams, json.ContentResult, _context.Guard<ContentParams, ContentResult>(_services.Review.ContentAsync))
            .OnRequest(AgentMethods.Accept, json.AcceptParams, json.AcceptResult, _context.Guard<AcceptParams, AcceptResult>(AcceptAsync))
            .OnRequest(AgentMethods.TaskConflicts, json.TaskConflictsParams, json.TaskConflictsResult, _context.Guard<TaskConflictsParams, TaskConflictsResult>((p, ct) =>
                _services.Conflicts.FindAsync(p, Client.Checkout, ct)))
            .OnRequest(AgentMethods.ConflictTexts, json.ConflictTextsParams, json.ConflictTextsResult, _context.Guard<ConflictTextsParams, ConflictTextsResult>((p, ct) =>
                _services.Conflicts.ReadAsync(p, Client.Checkout, ct)))
            .OnRequest(AgentMethods.Conflicts, json.EmptyParams, json.ConflictsResult, _context.Guard<EmptyParams, ConflictsResult>((_, ct) =>
                _services.Review.ConflictsAsync(Client.Checkout, ct)))
            .OnRequest(AgentMethods.Worktrees, json.EmptyParams, json.WorktreesResult, _context.Guard<EmptyParams, WorktreesResult>((_, ct) => _services.Worktrees.ListAsync(ct)))
            .OnRequest(AgentMethods.PruneWorktrees, json.PruneParams, json.PruneResult, _context.Guard<PruneParams, PruneResult>((p, ct) =>
                _services.Worktrees.PruneAsync(new PruneRequest { DryRun = p.DryRun, Path = p.Path, Force = p.Force, RefsOnly = p.RefsOnly }, ct)))
            .OnRequest(AgentMethods.Trust, json.TrustParams, json.TrustResult, _context.Guard<TrustParams, TrustResult>((p, ct) => _services.Creation.TrustAsync(Client, p.Accept, ct)))
            .OnRequest(AgentMethods.Doctor, json.EmptyParams, json.DoctorResult, _context.Guard<EmptyParams, DoctorResult>((_, ct) => CheckSetupAsync(ct)))
            .OnRequest(AgentMethods.CoordinatorStatus, json.EmptyParams, json.CoordinatorStatus, _context.Guard<EmptyParams, CoordinatorStatus>((_, ct) => _services.StatusAsync(ct)))
            .OnRequest(AgentMethods.CoordinatorStop, json.EmptyParams, json.EmptyResult, _context.Guard<EmptyParams, EmptyResult>((_, _) =>
            {
                _services.RequestStop();
                return Task.FromResult(new EmptyResult());
            }));
    }

    private ClientContext Client => _context.Client;

    private async Task<AttachResult> AttachAsync(AttachParams p, CancellationToken cancellationToken)
    {
        if (p.ProtocolVersion != AgentMethods.ProtocolVersion)
        {
            throw ProtocolMismatch.Of(p.ProtocolVersion, _services.Options.Version);
        }

        if (_sending is not null)
        {
            throw new RpcErrorException(RpcErrorCodes.InvalidRequest, "This connection is attached already.");
        }

        var path = Uri.TryCreate(p.Checkout, UriKind.Absolute, out var uri) && uri.IsFile ? uri.LocalPath : p.Checkout;
        var checkout = await _services.Repository.FindCheckoutAsync(path, cancellationToken);
        _context.Bind(new ClientContext(checkout, _services.EnvironmentOf(p.Environment)));
        var (views, sequence) = _services.Feed.Listen(_listener, p.FromSeq, () => (_services.Tasks.Views, _services.Board.Sequence));
        _sending = Task.Run(SendAllAsync, CancellationToken.None);
        return new AttachResult(views, sequence, _services.Options.Version, _services.Creation.Notices(Client));
    }

    private async Task<TaskDetails> GetAsync(TaskIdParams p, CancellationToken cancellationToken)
    {
        using var lease = await _services.Tasks.LeaseAsync(p.Id, cancellationToken);
        return new TaskDetails(_services.Tasks.View(p.Id), [.. lease.Actor.Snapshot.Steps.Select(TaskViews.ToView)]);
    }

    private async Task<EmptyResult> RespondAsync(ApprovalResponseParams p, CancellationToken cancellationToken)
    {
        var decision = p.Decision switch
        {
            ApprovalDecisions.Allow => Core.Tasks.ApprovalDecision.Allow,
            ApprovalDecisions.AllowAlways => Core.Tasks.ApprovalDecision.AllowAlways,
            ApprovalDecisions.AllowAlwaysInRepository => Core.Tasks.ApprovalDecision.AllowAlwaysInRepository,
            ApprovalDecisions.Deny => Core.Tasks.ApprovalDecision.Deny,
            _ => throw new RpcErrorException(
                RpcErrorCodes.InvalidParams, $"There is no decision '{p.Decision}': allow, allowAlways, allowAlwaysInRepository, deny."),
        };
        await OnTaskAsync(p.Id, actor => actor.AnswerApprovalAsync(p.Call, decision, cancellationToken), cancellationToken);
        return new EmptyResult();
    }

    private async Task<DoctorResult> CheckSetupAsync(CancellationToken cancellationToken)
    {
        var result = await _services.Doctor.CheckAsync(Client, cancellationToken);
        return new DoctorResult([.. result.Checks.Select(check => check with { Message = _services.Options.Secrets.Redact(check.Message) })]);
    }

    private StandingApprovalsResult ListApprovals()
    {
        _ = Client;
        var answers = _services.Approvals.List(out var problem);
        return new StandingApprovalsResult([.. answers.Select(TaskViews.ToView)], problem);
    }

    private async Task<StandingApprovalsResult> RevokeApprovalsAsync(RevokeApprovalsParams p, CancellationToken cancellationToken)
    {
        _ = Client;
        var revoked = await _services.Approvals.RevokeAsync(p.Numbers, cancellationToken);
        return new StandingApprovalsResult([.. revoked.Select(TaskViews.ToView)]);
    }

    private async Task<AcceptResult> AcceptAsync(AcceptParams p, CancellationToken cancellationToken)
    {
        _services.Tasks.RefuseWorktree(Client.Checkout);
        using var lease = await _services.Tasks.LeaseAsync(p.Id, cancellationToken);
        var result = await lease.Actor.AcceptAsync(p, Client.Checkout.Root, cancellationToken);
        return new AcceptResult(_services.Tasks.View(p.Id), result.Commit, result.Conflicts);
    }

    private Func<TaskIdParams, CancellationToken, Task<AgentTask>> OnTask(Func<TaskActor, CancellationToken, Task> action) =>
        _context.Guard<TaskIdParams, AgentTask>((p, cancellationToken) => OnTaskAsync(p.Id, actor => action(actor, cancellationToken), cancellationToken));

    private async Task<AgentTask> OnTaskAsync(string id, Func<TaskActor, Task> action, CancellationToken cancellationToken)
    {
        _ = Client;
        using var lease = await _services.Tasks.LeaseAsync(id, cancellationToken);
        await action(lease.Actor);
        return _services.Tasks.View(id);
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (!_outbox.Overflowed)
            {
                foreach (var entry in await _outbox.TakeAsync(_closing.Token))
                {
                    await SendAsync(entry, _closing.Token);
                }
            }

            _logger.LogWarning("A client stopped reading and was cut off; it gets everything when it attaches again.");
            _ = Task.Run(async () => await _connection.DisposeAsync(), CancellationToken.None);
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionClosedException or ObjectDisposedException)
        {
            // The client left.
        }
    }

    private ValueTask SendAsync(FeedEntry entry, CancellationToken cancellationToken)
    {
        var json = AgentJson.Default;
        return entry switch
        {
            TaskChangedEntry e => _connection.NotifyAsync(AgentMethods.TaskChanged, new TaskChangedParams(e.Task, e.Seq), json.TaskChangedParams, cancellationToken),
            StepAppendedEntry e => _connection.NotifyAsync(
                AgentMethods.StepAppended, new StepAppendedParams(e.TaskId, e.Step, e.Seq), json.StepAppendedParams, cancellationToken),
            ApprovalRequestedEntry e => _connection.NotifyAsync(
                AgentMethods.ApprovalRequested,
                new ApprovalRequestedParams(e.TaskId, e.Approval.Call, e.Approval.Tool, e.Approval.Summary, e.Approval.Arguments),
                json.ApprovalRequestedParams,
                cancellationToken),
            _ => _connection.NotifyAsync(AgentMethods.ConflictsChanged, new EmptyParams(), json.EmptyParams, cancellationToken),
        };
    }
}
