using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol.Review;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>The drive: how the agent is set to work, let go, and what the end of its work means.</summary>
public sealed partial class TaskActor
{
    /// <summary>True when a person said or answered something that the agent, at rest, has not acted on.</summary>
    private static bool HasMoreToDo(TaskSnapshot snapshot) => snapshot.State switch
    {
        TaskState.WaitingForApproval => snapshot.Approvals.All(approval => approval.Decision is not null),
        TaskState.WaitingForUser or TaskState.ReadyForReview => snapshot.Conversation[^1] is UserTurn { FromHarness: false },
        _ => false,
    };

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
            // Queued here and not by the drive: who is set going first comes first, however the pool runs them.
            var place = _places.AcquireAsync(cancellation.Token);
            drive.Ended = Task.Run(() => DriveAsync(drive, place), CancellationToken.None);
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

    private async Task DriveAsync(Drive drive, Task<IDisposable> admission)
    {
        var cancellationToken = drive.Cancellation.Token;
        try
        {
            while (true)
            {
                using (await admission)
                {
                    await RunAsync(cancellationToken);
                }

                if (EndDrive(drive))
                {
                    break;
                }

                admission = _places.AcquireAsync(cancellationToken);
            }

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
            // It is running already where an earlier attempt got no further: the coordinator was killed, or the disk was full.
            if (_log.Snapshot.State is not (TaskState.Preparing or TaskState.Running))
            {
                _log.Append(new TaskStateChanged { To = TaskState.Running });
            }

            _log.Append(await _git.PrepareAsync(_log.Snapshot, cancellationToken));
            if (await _git.ReadInstructionsAsync(_log.Snapshot, cancellationToken) is { } instructions)
            {
                _log.Append(instructions);
            }
        }
        else if (await _git.ReviveAsync(_log.Snapshot, cancellationToken) is { } tip)
        {
            // A fresh worktree: what setup had put beside the files is gone with the old one.
            _log.Append(new TaskRestored { Head = tip });
        }

        if (!_log.Snapshot.IsSetUp && !await _agent.SetUpAsync(_log, cancellationToken))
        {
            return;
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
            await MergeAsync(new AcceptParams(snapshot.Id, head), part: null, snapshot.Created.Checkout, cancellationToken);
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
            if (_log.Snapshot.State is TaskState.Queued or TaskState.Preparing or TaskState.Running)
            {
                // Nobody drives it any more, so a front end must not wait for it; a task that waits for a person still does.
                _unstoredFailure(_log.Snapshot, TaskErrors.From(e));
            }
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
