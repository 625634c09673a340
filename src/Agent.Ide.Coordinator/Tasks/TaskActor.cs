using Agent.Ide.Coordinator.Approvals;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Supervision;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>
/// One task alive: carries out what people ask for, one request after the other, and drives the agent's loop beside
/// them. All it knows is in the log; a new actor on the same log goes on where this one was.
/// </summary>
public sealed partial class TaskActor : IAsyncDisposable
{
    private readonly TaskLog _log;
    private readonly TaskGit _git;
    private readonly AgentRunner _agent;
    private readonly PlaceQueue _places;
    private readonly AuditLog _audit;
    private readonly RepositoryApprovals _approvals;
    private readonly ILogger _logger;
    private readonly Action<TaskSnapshot, TaskError> _unstoredFailure;
    private readonly Action<TaskActor> _settled;
    private readonly SemaphoreSlim _requests = new(1, 1);
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _gate = new();
    private Drive? _drive;

    /// <summary>A drive that has ended the agent's work and still accepts it. Guarded by the gate.</summary>
    private Drive? _ending;

    /// <param name="log">The task's log; the actor owns it.</param>
    /// <param name="git">The task's branch and worktree.</param>
    /// <param name="agent">Runs the loop.</param>
    /// <param name="places">Where it gets its place from before it runs.</param>
    /// <param name="audit">Where removals, merges and approvals are written down.</param>
    /// <param name="approvals">What people allowed in the whole repository.</param>
    /// <param name="logger">For what no person can act on.</param>
    /// <param name="settled">Called, from any thread, when the actor has nothing left to do for now.</param>
    /// <param name="unstoredFailure">Called when the task failed and its log cannot be written any more.</param>
    public TaskActor(
        TaskLog log,
        TaskGit git,
        AgentRunner agent,
        PlaceQueue places,
        AuditLog audit,
        RepositoryApprovals approvals,
        ILogger logger,
        Action<TaskActor> settled,
        Action<TaskSnapshot, TaskError> unstoredFailure)
    {
        _log = log;
        _git = git;
        _agent = agent;
        _places = places;
        _audit = audit;
        _approvals = approvals;
        _logger = logger;
        _settled = settled;
        _unstoredFailure = unstoredFailure;
    }

    public string Id => _log.Snapshot.Id;

    public TaskSnapshot Snapshot => _log.Snapshot;

    /// <summary>True while the agent is, or waits for a place to be, at work.</summary>
    public bool IsDriven
    {
        get
        {
            lock (_gate)
            {
                return _drive is not null;
            }
        }
    }

    /// <summary>True while the actor must not be disposed of: the agent is at work, or what it made is being accepted.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
            {
                return _drive is not null || _ending is not null;
            }
        }
    }

    /// <summary>The whole log so far, for whoever needs more than the fold.</summary>
    public IReadOnlyList<TaskEvent> ReadLog() => _log.ReadAfter(0);

    public Task StopAsync(CancellationToken cancellationToken) => RequestAsync(
        async () =>
        {
            if (_log.Snapshot.State.IsSettled())
            {
                throw WrongState("stopped");
            }

            await StopDriveAsync();
            if (!_log.Snapshot.State.IsSettled())
            {
                _log.Append(new TaskStateChanged { To = TaskState.Stopped });
            }
        },
        cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => ResumeAsync(configured: null, cancellationToken);

    /// <param name="configured">The limits as they are configured now; null: those the task has.</param>
    public Task ResumeAsync(LimitsChanged? configured, CancellationToken cancellationToken) => RequestAsync(
        async () =>
        {
            await LetGoAsync();
            // A task whose failure could not be stored is still running for its log, with nobody who runs it.
            var abandoned = !IsDriven && _log.Snapshot.State is (TaskState.Queued or TaskState.Preparing or TaskState.Running);
            if (_log.Snapshot.State is not (TaskState.Stopped or TaskState.Failed) && !abandoned)
            {
                throw WrongState("resumed");
            }

            if (abandoned)
            {
                // Shown as failed so far: an entry shows it as it is again, and tells whoever asked when there is still no room for one.
                _log.Append(configured ?? new LimitsChanged { Limits = _log.Snapshot.Limits, TimeSeconds = _log.Snapshot.TimeSeconds });
            }
            else
            {
                TakeUp(configured);
            }

            GoOn();
        },
        cancellationToken);

    public Task MessageAsync(string text, CancellationToken cancellationToken) => MessageAsync(text, configured: null, cancellationToken);

    /// <param name="text">What the person says.</param>
    /// <param name="configured">The limits as they are configured now, for a task at rest that it sets going again; null: those the task has.</param>
    /// <param name="cancellationToken">Before it is stored.</param>
    public Task MessageAsync(string text, LimitsChanged? configured, CancellationToken cancellationToken) => RequestAsync(
        async () =>
        {
            await LetGoAsync();
            if (_log.Snapshot.State is TaskState.Merged or TaskState.Discarded or TaskState.Merging or TaskState.Validating)
            {
                throw WrongState("sent a message");
            }

            var said = new MessageAdded { Text = text };
            if (!IsDriven && _log.Snapshot.State.IsSettled())
            {
                TakeUp(configured);
                // As one: what was said to a resting task must not lie there unheard when the coordinator is killed in between.
                _log.Append(said, new TaskStateChanged { To = TaskState.Running });
            }
            else
            {
                _log.Append(said);
            }

            if (_log.Snapshot.State != TaskState.WaitingForApproval)
            {
                GoOn();
            }
        },
        cancellationToken);

    public Task RollbackAsync(int step, CancellationToken cancellationToken) => RequestAsync(
        async () =>
        {
            var snapshot = _log.Snapshot;
            if (snapshot.State is TaskState.Merged or TaskState.Discarded or TaskState.Merging or TaskState.Queued || snapshot.Worktree is null)
            {
                throw WrongState("rolled back");
            }

            if (step < 0 || step > snapshot.LastStep)
            {
                throw new RequestFailedException(
                    "unknownStep", $"Task {Id} has the steps 0 (its base) to {snapshot.LastStep}; {step} is none of them.", null, ExitCodes.Usage);
            }

            await StopDriveAsync();
            if (!_log.Snapshot.State.IsSettled())
            {
                _log.Append(new TaskStateChanged { To = TaskState.Stopped });
            }

            await FinishRollbackAsync(cancellationToken);
            step = Math.Min(step, _log.Snapshot.LastStep);
            var target = _log.Snapshot.Steps.FindLast(entry => entry.Number <= step && entry.Commit is not null)?.Commit ?? _log.Snapshot.StartCommit;
            var baseCommit = await _git.BaseAfterRollbackAsync(_log.Snapshot, target, cancellationToken);
            var kept = await _git.RollbackAsync(_log.Snapshot, target, cancellationToken);
            _log.Append(new RolledBack { ToStep = step, Head = target, KeptRef = kept, BaseCommit = baseCommit });
            WriteDown("rollback", $"to step {step}", kept);
            _log.Append(await _git.MeasureAsync(_log.Snapshot, CancellationToken.None));
            using var recorder = _agent.RecorderOf(_log);
            await recorder.CatchUpAsync(atRest: true, CancellationToken.None);
        },
        cancellationToken);

    /// <returns>What landed, or why nothing did.</returns>
    public async Task<TaskMergeResult> AcceptAsync(AcceptParams request, string checkout, CancellationToken cancellationToken)
    {
        TaskMergeResult? result = null;
        await RequestAsync(
            async () =>
            {
                await LetGoAsync();
                var snapshot = _log.Snapshot;
                if (snapshot.State is not (TaskState.ReadyForReview or TaskState.Conflict or TaskState.Failed or TaskState.Stopped)
                    || snapshot.Worktree is null || IsDriven)
                {
                    throw WrongState("accepted");
                }

                if (snapshot.OpenStep is { } open && MayChangeFiles(open))
                {
                    throw new RequestFailedException(
                        "openStep",
                        $"Step {open.Step} ({open.Tool}) of task {Id} was interrupted, and what it left is in no commit yet.",
                        $"`agent-ide resume {Id}` takes it up; `agent-ide rollback {Id} --to {snapshot.LastStep}` undoes it. Then accept.",
                        ExitCodes.Failed);
                }

                if (!string.Equals(request.ExpectedHead, snapshot.Head, StringComparison.OrdinalIgnoreCase))
                {
                    throw new RequestFailedException(
                        "headMoved",
                        $"Task {Id} is at {snapshot.Head[..12]}, not at {Short(request.ExpectedHead)}, which was reviewed.",
                        $"Review it again: `agent-ide diff {Id}`.",
                        ExitCodes.Failed);
                }

                if (request.ExpectedBase is { } reviewed && !string.Equals(reviewed, snapshot.BaseCommit, StringComparison.OrdinalIgnoreCase))
                {
                    throw new RequestFailedException(
                        "baseMoved",
                        $"The changes of task {Id} count from {snapshot.BaseCommit[..12]} now, not from {Short(reviewed)} as when they were reviewed: part of them has landed since.",
                        $"Review what remains: `agent-ide diff {Id}`. Its hunks have other numbers.",
                        ExitCodes.Failed);
                }

                TaskResolutions.Check(request);
                var part = await _git.ChooseAsync(snapshot, request, cancellationToken);
                result = await MergeAsync(request, part, checkout, cancellationToken);
            },
            cancellationToken);
        return result!;
    }

    public async ValueTask DisposeAsync()
    {
        await _disposing.CancelAsync();
        await StopDriveAsync();
        // Whoever is in the middle of a request, an accept above all, comes to its end before its log is closed.
        await _requests.WaitAsync();
        _log.Dispose();
        _disposing.Dispose();
    }

    private void TakeUp(LimitsChanged? configured)
    {
        if (configured is not null && (configured.Limits != _log.Snapshot.Limits || configured.TimeSeconds != _log.Snapshot.TimeSeconds))
        {
            _log.Append(configured);
        }
    }

    private static bool MayChangeFiles(StepStarted open) =>
        BuiltInTools.All.FirstOrDefault(tool => tool.Name == open.Tool) is not { IsReadOnly: true };

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;

    private RequestFailedException WrongState(string verb) =>
        RequestFailedException.WrongState(Id, TaskViews.StateName(_log.Snapshot.State), verb);

    private async Task RequestAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        await _requests.WaitAsync(cancellationToken);
        try
        {
            if (_log.Snapshot.State == TaskState.Merging)
            {
                // Nobody merges now, so an accept before this request could not be brought to its end.
                await FinishMergeAsync(cancellationToken);
            }

            await action();
        }
        finally
        {
            _requests.Release();
            if (!IsBusy)
            {
                _settled(this);
            }
        }
    }

    /// <summary>What was done stands, whether it could be written down or not; it must not look as if it had failed.</summary>
    private void WriteDown(string action, string outcome, string? kept = null, string? detail = null)
    {
        try
        {
            _audit.Write(action, Id, outcome, kept, detail);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.LogError(e, "The audit log misses a line: {Action} of task {Task}, {Outcome}, {Kept}, {Detail}.", action, Id, outcome, kept, detail);
        }
    }
}
