using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Supervision;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>
/// One task alive: carries out what people ask for, one request after the other, and drives the agent's loop beside
/// them. All it knows is in the log; a new actor on the same log goes on where this one was.
/// </summary>
public sealed class TaskActor : IAsyncDisposable
{
    private readonly TaskLog _log;
    private readonly TaskGit _git;
    private readonly AgentRunner _agent;
    private readonly PlaceQueue _places;
    private readonly AuditLog _audit;
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
    /// <param name="logger">For what no person can act on.</param>
    /// <param name="settled">Called, from any thread, when the actor has nothing left to do for now.</param>
    /// <param name="unstoredFailure">Called when the task failed and its log cannot be written any more.</param>
    public TaskActor(
        TaskLog log,
        TaskGit git,
        AgentRunner agent,
        PlaceQueue places,
        AuditLog audit,
        ILogger logger,
        Action<TaskActor> settled,
        Action<TaskSnapshot, TaskError> unstoredFailure)
    {
        _log = log;
        _git = git;
        _agent = agent;
        _places = places;
        _audit = audit;
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

    /// <summary>Goes on with whatever the log says was under way; called once after the actor was made.</summary>
    public async Task ContinueAsync(CancellationToken cancellationToken)
    {
        await _requests.WaitAsync(cancellationToken);
        try
        {
            if (await FinishRollbackAsync(cancellationToken))
            {
                return;
            }

            var snapshot = _log.Snapshot;
            switch (snapshot.State)
            {
                case TaskState.Queued or TaskState.Preparing or TaskState.Running:
                    EnsureDriven();
                    break;
                case TaskState.WaitingForApproval or TaskState.WaitingForUser when HasMoreToDo(snapshot):
                    EnsureDriven();
                    break;
                case TaskState.ReadyForReview when snapshot.PreviousState == TaskState.Running && HasMoreToDo(snapshot):
                    GoOn();
                    break;
                case TaskState.ReadyForReview when snapshot.PreviousState == TaskState.Running:
                    await AcceptAsAskedAsync(snapshot.Head, cancellationToken);
                    break;
                case TaskState.Merging:
                    await FinishMergeAsync(cancellationToken);
                    await AcceptAsAskedAsync(snapshot.Head, cancellationToken);
                    break;
                case TaskState.Merged or TaskState.Discarded when snapshot.KeptRef is null && snapshot.Worktree is not null:
                    await RemoveWorktreeAsync(cancellationToken);
                    break;
            }
        }
        finally
        {
            _requests.Release();
        }
    }

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

    public Task ResumeAsync(CancellationToken cancellationToken) => RequestAsync(
        async () =>
        {
            await LetGoAsync();
            // A task whose failure could not be stored is still running for its log, with nobody who runs it.
            var abandoned = !IsDriven && _log.Snapshot.State is (TaskState.Queued or TaskState.Preparing or TaskState.Running);
            if (_log.Snapshot.State is not (TaskState.Stopped or TaskState.Failed) && !abandoned)
            {
                throw WrongState("resumed");
            }

            GoOn();
        },
        cancellationToken);

    public Task MessageAsync(string text, CancellationToken cancellationToken) => RequestAsync(
        async () =>
        {
            await LetGoAsync();
            if (_log.Snapshot.State is TaskState.Merged or TaskState.Discarded or TaskState.Merging or TaskState.Validating)
            {
                throw WrongState("sent a message");
            }

            _log.Append(new MessageAdded { Text = text });
            if (_log.Snapshot.State != TaskState.WaitingForApproval)
            {
                GoOn();
            }
        },
        cancellationToken);

    public Task AnswerApprovalAsync(string call, ApprovalDecision decision, CancellationToken cancellationToken) => RequestAsync(
        () =>
        {
            var approval = _log.Snapshot.Approvals.Find(pending => pending.Request.CallId == call && pending.Decision is null);
            if (approval is null)
            {
                throw new RequestFailedException(
                    "unknownCall", $"Task {Id} has no approval '{call}' waiting.", $"`agent-ide show {Id}` lists what waits.", ExitCodes.Usage);
            }

            _log.Append(new ApprovalAnswered { CallId = call, Decision = decision });
            WriteDown("approval", decision.ToString(), detail: approval.Request.Summary);
            if (_log.Snapshot.Approvals.All(pending => pending.Decision is not null))
            {
                EnsureDriven();
            }

            return Task.CompletedTask;
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
            var target = _log.Snapshot.Steps.FindLast(entry => entry.Number <= step && entry.Commit is not null)?.Commit ?? _log.Snapshot.BaseCommit;
            var kept = await _git.RollbackAsync(_log.Snapshot, target, cancellationToken);
            _log.Append(new RolledBack { ToStep = step, Head = target, KeptRef = kept });
            WriteDown("rollback", $"to step {step}", kept);
            _log.Append(await _git.MeasureAsync(_log.Snapshot, CancellationToken.None));
        },
        cancellationToken);

    public Task DiscardAsync(CancellationToken cancellationToken) => RequestAsync(
        async () =>
        {
            if (_log.Snapshot.State is TaskState.Merged or TaskState.Discarded or TaskState.Merging)
            {
                throw WrongState("discarded");
            }

            await StopDriveAsync();
            if (!TaskTransitions.IsAllowed(_log.Snapshot.State, TaskState.Discarded))
            {
                _log.Append(new TaskStateChanged { To = TaskState.Stopped });
            }

            _log.Append(new TaskStateChanged { To = TaskState.Discarded });
            // Stored is stored: a client that leaves now must not leave a discarded task with a worktree.
            await RemoveWorktreeAsync(CancellationToken.None);
        },
        cancellationToken);

    public Task RestoreAsync(CancellationToken cancellationToken) => RequestAsync(
        async () =>
        {
            var snapshot = _log.Snapshot;
            if (snapshot.State is not (TaskState.Discarded or TaskState.Merged))
            {
                throw WrongState("restored");
            }

            if (snapshot.Worktree is null)
            {
                throw new RequestFailedException(
                    "nothingToRestore", $"Task {Id} was discarded before it had a worktree.", "Run its prompt again.", ExitCodes.Failed);
            }

            var head = await _git.RestoreAsync(snapshot, cancellationToken);
            _log.Append(new TaskRestored { Head = head });
            _log.Append(new TaskStateChanged { To = TaskState.ReadyForReview });
            WriteDown("restore", head);
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
                        $"`agent-ide resume {Id}` takes it up; `agent-ide rollback {Id} {snapshot.LastStep}` undoes it. Then accept.",
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

                result = await MergeAsync(request, checkout, cancellationToken);
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

    /// <summary>True when a person said or answered something that the agent, at rest, has not acted on.</summary>
    private static bool HasMoreToDo(TaskSnapshot snapshot) => snapshot.State switch
    {
        TaskState.WaitingForApproval => snapshot.Approvals.All(approval => approval.Decision is not null),
        TaskState.WaitingForUser or TaskState.ReadyForReview => snapshot.Conversation[^1] is UserTurn { FromHarness: false },
        _ => false,
    };

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

    private async Task<TaskMergeResult> MergeAsync(AcceptParams request, string checkout, CancellationToken cancellationToken)
    {
        if (_log.Snapshot.State != TaskState.ReadyForReview)
        {
            _log.Append(new TaskStateChanged { To = TaskState.ReadyForReview });
        }

        _log.Append(new TaskStateChanged { To = TaskState.Merging });
        TaskMergeResult result;
        try
        {
            result = await _git.AcceptAsync(_log.Snapshot, request, checkout, cancellationToken);
        }
        catch (Exception e)
        {
            // It failed before it landed, or just after: what the recovery finds decides.
            if (await FinishMergeAsync(CancellationToken.None) is { } landed)
            {
                _logger.LogWarning(e, "The accept of task {Task} failed after it had landed.", Id);
                return landed;
            }

            throw;
        }

        await RecordMergeAsync(result);
        return result;
    }

    private async Task RecordMergeAsync(TaskMergeResult result)
    {
        if (result.Failure is { } failure)
        {
            var to = failure.Code == TaskMergeResult.ConflictCode ? TaskState.Conflict : TaskState.ReadyForReview;
            _log.Append(new TaskStateChanged { To = to, Error = failure });
            return;
        }

        _log.Append(new TaskAccepted { Commit = result.Commit, Strategy = result.Strategy, Head = _log.Snapshot.Head, Kept = result.Kept });
        _log.Append(new TaskStateChanged { To = TaskState.Merged });
        WriteDown("accept", result.Commit ?? "nothing to merge");
        await RemoveWorktreeAsync(CancellationToken.None);
    }

    /// <summary>An accept ended in its middle, by a failure or with its coordinator: finds out whether it landed, and says so.</summary>
    /// <returns>What landed; null when nothing did.</returns>
    private async Task<TaskMergeResult?> FinishMergeAsync(CancellationToken cancellationToken)
    {
        await _git.RecoverAcceptsAsync(cancellationToken);
        var landed = await _git.FindLandedAsync(_log.Snapshot, cancellationToken);
        if (landed is null)
        {
            _log.Append(new TaskStateChanged { To = TaskState.ReadyForReview });
            return null;
        }

        await RecordMergeAsync(landed);
        return landed;
    }

    /// <summary>A roll back ended after the branch had moved and before that was stored: the branch tells how far back it is.</summary>
    /// <returns>True when there was one to finish.</returns>
    private async Task<bool> FinishRollbackAsync(CancellationToken cancellationToken)
    {
        var snapshot = _log.Snapshot;
        if (snapshot.State is not (TaskState.Stopped or TaskState.Failed or TaskState.ReadyForReview or TaskState.Conflict)
            || snapshot.Worktree is null
            || await _git.FindRolledBackAsync(snapshot, cancellationToken) is not { } head)
        {
            return false;
        }

        var step = snapshot.Steps.Find(entry => entry.Commit == head)?.Number ?? 0;
        _log.Append(new RolledBack { ToStep = step, Head = head });
        WriteDown("rollback", $"to step {step}, finished after an interruption");
        _log.Append(await _git.MeasureAsync(_log.Snapshot, cancellationToken));
        return true;
    }

    private async Task RemoveWorktreeAsync(CancellationToken cancellationToken)
    {
        // Asked of git also where the log knows of no worktree: its making may have ended before it was stored.
        var removal = await _git.RemoveAsync(_log.Snapshot, cancellationToken);
        if (removal is null && _log.Snapshot.Worktree is null)
        {
            return;
        }

        _log.Append(new TaskDiscarded { KeptRef = removal?.KeptRef });
        var notKept = removal is { NotKept.Count: > 0 } ? "not kept: " + TaskGit.Describe(removal.NotKept) : null;
        if (notKept is not null)
        {
            _logger.LogWarning("The worktree of task {Task} was removed; {NotKept}.", Id, notKept);
        }

        WriteDown("discard", "removed", removal?.KeptRef, notKept);
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

    /// <summary>
    /// Sets a resting task going. It is running from this moment, also while it waits for a place: whoever asked and then waits
    /// for the task must not find it at rest, and a coordinator that ends now goes on with it after its restart.
    /// </summary>
    private void GoOn()
    {
        if (!IsDriven && _log.Snapshot.State.IsSettled())
        {
            _log.Append(new TaskStateChanged { To = TaskState.Running });
        }

        EnsureDriven();
    }

    /// <summary>
    /// A task is told to be at rest a moment before its agent has put its tools away. Waits for that moment to pass, or for the
    /// agent to find that there is more to do; never for the agent's work.
    /// </summary>
    private Task LetGoAsync()
    {
        lock (_gate)
        {
            return _drive is { } drive && _log.Snapshot.State.IsSettled() ? drive.Decided.Task : Task.CompletedTask;
        }
    }

    private void EnsureDriven()
    {
        lock (_gate)
        {
            if (_drive is not null || _disposing.IsCancellationRequested)
            {
                return;
            }

            var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_disposing.Token);
            var drive = new Drive(cancellation);
            _drive = drive;
            drive.Ended = Task.Run(() => DriveAsync(drive), CancellationToken.None);
        }
    }

    private async Task StopDriveAsync()
    {
        Drive? drive;
        lock (_gate)
        {
            drive = _drive;
        }

        if (drive is null)
        {
            return;
        }

        try
        {
            await drive.Cancellation.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It came to its end by itself in this very moment.
        }

        await drive.Ended;
    }

    private async Task DriveAsync(Drive drive)
    {
        var cancellationToken = drive.Cancellation.Token;
        try
        {
            do
            {
                using var place = await _places.AcquireAsync(cancellationToken);
                await RunAsync(cancellationToken);
            }
            while (!EndDrive(drive));

            await AcceptWhenReadyAsync(drive.Head, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever cancelled stores what it means: a stop, a roll back, or nothing when the coordinator ends.
        }
        catch (Exception e)
        {
            // The edge of a task: whatever went wrong ends this task, is said in it, and touches no other.
            Fail(e);
        }
        finally
        {
            lock (_gate)
            {
                if (_drive == drive)
                {
                    _drive = null;
                }

                if (_ending == drive)
                {
                    _ending = null;
                }

                drive.Decide();
            }

            drive.Cancellation.Dispose();
            _settled(this);
        }
    }

    /// <summary>True when the drive may end; false when a message came in while the agent was finishing.</summary>
    private bool EndDrive(Drive drive)
    {
        lock (_gate)
        {
            var snapshot = _log.Snapshot;
            if (HasMoreToDo(snapshot))
            {
                drive.Decide();
                return false;
            }

            if (_drive == drive)
            {
                _drive = null;
                _ending = drive;
            }

            drive.Head = snapshot.Head;
            drive.Decide();
            return true;
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_log.Snapshot.State == TaskState.Queued)
        {
            _log.Append(new TaskStateChanged { To = TaskState.Preparing });
        }

        if (_log.Snapshot.Worktree is null)
        {
            if (_log.Snapshot.State != TaskState.Preparing)
            {
                _log.Append(new TaskStateChanged { To = TaskState.Running });
            }

            _log.Append(await _git.PrepareAsync(_log.Snapshot, cancellationToken));
            if (await _git.ReadInstructionsAsync(_log.Snapshot, cancellationToken) is { } instructions)
            {
                _log.Append(instructions);
            }
        }

        if (_log.Snapshot.State != TaskState.Running)
        {
            _log.Append(new TaskStateChanged { To = TaskState.Running });
        }

        await _agent.RunAsync(_log, cancellationToken);
    }

    private async Task AcceptWhenReadyAsync(string head, CancellationToken cancellationToken)
    {
        if (!_log.Snapshot.Created.AcceptWhenReady)
        {
            return;
        }

        await _requests.WaitAsync(cancellationToken);
        try
        {
            await AcceptAsAskedAsync(head, cancellationToken);
        }
        finally
        {
            _requests.Release();
        }
    }

    /// <summary>
    /// Accepts what the agent made, where that was asked for when the task was made. The requests are in order when this is called,
    /// so one that came first (a message, a roll back, a discard) has its way.
    /// </summary>
    private async Task AcceptAsAskedAsync(string head, CancellationToken cancellationToken)
    {
        var snapshot = _log.Snapshot;
        if (!snapshot.Created.AcceptWhenReady || snapshot.State != TaskState.ReadyForReview || snapshot.Head != head || IsDriven)
        {
            return;
        }

        try
        {
            await MergeAsync(new AcceptParams(snapshot.Id, head), snapshot.Created.Checkout, cancellationToken);
        }
        catch (Exception e) when (e is RequestFailedException or GitException && _log.Snapshot.State == TaskState.ReadyForReview)
        {
            _log.Append(new TaskStateChanged { To = TaskState.Merging });
            _log.Append(new TaskStateChanged { To = TaskState.ReadyForReview, Error = TaskErrors.From(e) });
        }
    }

    private void Fail(Exception exception)
    {
        _logger.LogError(exception, "Task {Task} failed.", Id);
        try
        {
            var state = _log.Snapshot.State;
            if (state.IsSettled() || state == TaskState.Merging)
            {
                return; // An accept that failed in its middle is finished by the next request, or after a restart.
            }

            if (!TaskTransitions.IsAllowed(state, TaskState.Failed))
            {
                _log.Append(new TaskStateChanged { To = state == TaskState.Queued ? TaskState.Preparing : TaskState.Running });
            }

            _log.Append(new TaskStateChanged { To = TaskState.Failed, Error = TaskErrors.From(exception) });
        }
        catch (TaskStoreException e)
        {
            _logger.LogError(e, "Task {Task} failed, and that cannot be stored; it goes on from its last stored step after a restart.", Id);
            _unstoredFailure(_log.Snapshot, TaskErrors.From(e));
        }
    }

    private sealed class Drive(CancellationTokenSource cancellation)
    {
        public CancellationTokenSource Cancellation { get; } = cancellation;

        public Task Ended { get; set; } = Task.CompletedTask;

        /// <summary>Where the task was when the agent had nothing more to do.</summary>
        public string Head { get; set; } = string.Empty;

        /// <summary>Completes when it is decided whether the agent, at rest now, goes on or ends. Read under the actor's gate.</summary>
        public TaskCompletionSource Decided { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Decide()
        {
            Decided.TrySetResult();
            Decided = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
