using Agent.Ide.Core.Budget;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Loop;

/// <summary>
/// One task's agent loop: it performs what the task's log says comes next until it must wait, ends, or is cancelled.
/// It keeps nothing of its own between two decisions, so a new one on the same log goes on where another was killed.
/// </summary>
public sealed class AgentLoop
{
    /// <summary>A pause between two entries that no tool or model explains when a loop starts: no process ran the task.</summary>
    private static readonly TimeSpan UnexplainedPause = TimeSpan.FromSeconds(5);

    // What a timer takes at most is about 49 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(30);

    private readonly LoopPorts _ports;
    private readonly ToolCatalog _catalog;
    private readonly LoopRules _rules;
    private readonly RoomMaker _room;
    private readonly StepRunner _steps;

    public AgentLoop(LoopPorts ports)
    {
        _ports = ports;
        var settings = ports.Log.Snapshot.Created.Settings;
        _catalog = new ToolCatalog(settings.Tools);
        Budget = new ContextBudget(settings, ports.ModelWindow);
        _rules = new LoopRules(_catalog, ports.Tools.IsSandboxed);
        _room = new RoomMaker(new PromptBuilder(_catalog, Budget), Budget, ports.Artifacts);
        _steps = new StepRunner(ports, Budget);
    }

    /// <summary>What the task may use of the context; the gauge's limit and threshold.</summary>
    public ContextBudget Budget { get; }

    private ITaskLog Log => _ports.Log;

    /// <summary>What comes next for a task, its state left aside.</summary>
    public LoopDecision Decide(TaskSnapshot snapshot) => _rules.Decide(snapshot, _ports.Time.GetUtcNow());

    /// <summary>
    /// Runs a task whose state is running. It appends every state the loop itself decides (waiting, ready for review,
    /// failed); on cancellation it appends no state. After an answer to a waiting task, its owner sets the state back to
    /// running and simply calls this again, once the call before has returned.
    /// </summary>
    /// <exception cref="InvalidOperationException">The task is not running.</exception>
    /// <remarks>Exceptions of the log itself (it could not store) are passed on: without a log there is no task.</remarks>
    public async Task<LoopEnd> RunAsync(CancellationToken cancellationToken)
    {
        if (Log.Snapshot.State != TaskState.Running)
        {
            throw new InvalidOperationException($"Task {Log.Snapshot.Id} is {Log.Snapshot.State}; only a running task has a loop.");
        }

        try
        {
            if (_ports.Time.GetUtcNow() - Log.Snapshot.LastEventAt > UnexplainedPause)
            {
                await Log.AppendAsync(new RunContinued(), cancellationToken);
            }

            var retry = new ContextRetry();
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var snapshot = Log.Snapshot;
                if (snapshot.State != TaskState.Running)
                {
                    return LoopEnd.Cancelled;
                }

                if (await PerformAsync(Decide(snapshot), retry, cancellationToken) is { } end)
                {
                    return end;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return LoopEnd.Cancelled;
        }
        catch (StepFailedException e)
        {
            await Log.AppendAsync(new TaskStateChanged { To = TaskState.Failed, Error = e.Error }, CancellationToken.None);
            return LoopEnd.Failed;
        }
    }

    /// <returns>Null when there is more to decide.</returns>
    private async Task<LoopEnd?> PerformAsync(LoopDecision decision, ContextRetry retry, CancellationToken cancellationToken)
    {
        switch (decision)
        {
            case LoopDecision.CallModel:
                return await CallModelAsync(retry, cancellationToken);
            case LoopDecision.RunTool run:
                await _steps.RunAsync(run, TimeLeft(), cancellationToken);
                return null;
            case LoopDecision.RefuseCall refused:
                await _steps.RefuseAsync(refused, null, cancellationToken);
                return null;
            case LoopDecision.RecoverInterrupted recover:
                await RecoverAsync(recover.Open, cancellationToken);
                return null;
            case LoopDecision.AnswerQuestion answer:
                await _steps.AnswerAsync(answer);
                return null;
            case LoopDecision.RejectAnswer reject:
                await Log.AppendAsync(new AnswerRejected { Reason = reject.Reason }, cancellationToken);
                return null;
            case LoopDecision.AskApproval ask:
                await AskAsync(ask.Request, cancellationToken);
                return null;
            case LoopDecision.DenyUnattended deny:
                await Log.AppendAsync(
                    new ApprovalAnswered { CallId = deny.CallId, Decision = ApprovalDecision.Deny, By = ApprovalAnswered.ByNobody },
                    cancellationToken);
                return null;
            case LoopDecision.WaitForApproval:
                return await RestAsync(TaskState.WaitingForApproval, null, LoopEnd.WaitingForApproval, decision, cancellationToken);
            case LoopDecision.WaitForUser:
                return await RestAsync(TaskState.WaitingForUser, null, LoopEnd.WaitingForUser, decision, cancellationToken);
            case LoopDecision.Finish finish:
                return await RestAsync(TaskState.ReadyForReview, finish.Summary, LoopEnd.ReadyForReview, decision, cancellationToken);
            case LoopDecision.Fail fail:
                return await FailAsync(fail.Error, cancellationToken);
            default:
                throw new InvalidOperationException($"A decision {decision.GetType().Name} is not known.");
        }
    }

    private async Task<LoopEnd?> CallModelAsync(ContextRetry retry, CancellationToken cancellationToken)
    {
        ModelRequest request;
        try
        {
            request = await PrepareAsync(retry, cancellationToken);
        }
        catch (ContextTooLongException e)
        {
            return await FailAsync(LoopErrors.ContextTooLong(e, Budget.Limit), cancellationToken);
        }

        var started = _ports.Time.GetTimestamp();
        using var deadline = new CancellationTokenSource(TimeLeft(), _ports.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        ChatResponse response;
        try
        {
            response = await _ports.Model.GetResponseAsync(request.Messages, request.Options, linked.Token);
        }
        catch (ModelRequestException e) when (e.CanAskAgain)
        {
            await Log.AppendAsync(new AnswerRejected { Reason = RejectedAnswer.ToModel(e.Error.Message) }, cancellationToken);
            return null;
        }
        catch (ModelRequestException e) when (e.Error.Code == "contextTooLong" && retry.Take())
        {
            return null;
        }
        catch (ModelRequestException e)
        {
            return await FailAsync(e.Error, cancellationToken);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return await FailAsync(LoopErrors.TimeLimit(Log.Snapshot.TimeSeconds), cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return await FailAsync(LoopErrors.Model(e), cancellationToken);
        }

        retry.Reset();
        var answer = ModelTurn.From(response, Log.Snapshot, request, _ports.Time.GetElapsedTime(started));
        await Log.AppendAsync(answer, cancellationToken);
        return null;
    }

    /// <summary>Builds the next request; makes room first where it is needed.</summary>
    private async Task<ModelRequest> PrepareAsync(ContextRetry retry, CancellationToken cancellationToken)
    {
        var harder = retry.Pending;
        while (true)
        {
            // Someone may speak while room is made: what is sent is what was measured.
            var snapshot = Log.Snapshot;
            var room = await _room.PlanAsync(snapshot, harder, cancellationToken);
            if (room.Events.Count == 0)
            {
                return room.Request;
            }

            harder = false;
            foreach (var entry in room.Events)
            {
                await Log.AppendAsync(entry, cancellationToken);
            }
        }
    }

    /// <summary>A person is asked, unless they have answered for the whole repository.</summary>
    private async Task AskAsync(ApprovalRequested request, CancellationToken cancellationToken)
    {
        var covered = await _ports.Approvals.CoverAsync(Log.Snapshot.Id, request, cancellationToken);
        await Log.AppendAsync(covered ? new StandingApprovalUsed { Request = request } : request, cancellationToken);
    }

    private async Task RecoverAsync(StepStarted open, CancellationToken cancellationToken)
    {
        var next = LoopRules.FindCall(Log.Snapshot, open.CallId) is { } call ? _rules.Classify(Log.Snapshot, call) : null;
        switch (next)
        {
            case LoopDecision.RefuseCall refused:
                await _steps.RefuseAsync(refused, open, cancellationToken);
                break;
            case LoopDecision.RunTool { Tool.Definition.IsReadOnly: true } again:
                await _steps.ExecuteAsync(open, again, TimeLeft(), cancellationToken);
                break;
            default:
                await _steps.RecoverAsync(open, _catalog.Find(open.Tool)?.Definition, cancellationToken);
                break;
        }
    }

    /// <summary>
    /// Comes to rest, unless the reason is gone: what a person said or answered just before the state was stored found a
    /// running task, so nobody but this loop will act on it.
    /// </summary>
    private async Task<LoopEnd?> RestAsync(
        TaskState state, string? summary, LoopEnd end, LoopDecision decision, CancellationToken cancellationToken)
    {
        var stored = await Log.AppendAsync(new TaskStateChanged { To = state, Summary = summary }, cancellationToken);
        if (Decide(stored).GetType() == decision.GetType())
        {
            return end;
        }

        await Log.AppendAsync(new TaskStateChanged { To = TaskState.Running }, cancellationToken);
        return null;
    }

    private async Task<LoopEnd?> FailAsync(TaskError error, CancellationToken cancellationToken)
    {
        await Log.AppendAsync(new TaskStateChanged { To = TaskState.Failed, Error = error }, cancellationToken);
        return LoopEnd.Failed;
    }

    private TimeSpan TimeLeft()
    {
        var snapshot = Log.Snapshot;
        var left = TimeSpan.FromSeconds(snapshot.TimeSeconds) - LoopGuards.RunningTime(snapshot, _ports.Time.GetUtcNow());
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < LongestTimer ? left : LongestTimer;
    }

    /// <summary>A request that the server found too long is made shorter once; the next success allows it again.</summary>
    private sealed class ContextRetry
    {
        private bool _taken;

        /// <summary>True for the one request that follows.</summary>
        public bool Pending { get; private set; }

        public bool Take()
        {
            var first = !_taken;
            _taken = true;
            Pending = first;
            return first;
        }

        public void Reset()
        {
            _taken = false;
            Pending = false;
        }
    }
}
