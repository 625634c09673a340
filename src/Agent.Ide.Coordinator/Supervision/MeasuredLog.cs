using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>
/// A task's log that keeps the count of changed lines up to date: beside the agent's work while it runs, never holding
/// it up, and for certain before the task is shown as ready.
/// </summary>
internal sealed class MeasuredLog : ITaskLog, IAsyncDisposable
{
    private readonly TaskLog _log;
    private readonly TaskGit _git;
    /// <summary>How often the count is brought up to date while the agent works: two processes each time, for a number nobody reads faster.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Task _measuring = Task.CompletedTask;
    private string _measuredHead;
    private long _measuredAt;

    public MeasuredLog(TaskLog log, TaskGit git, TimeProvider time, ILogger logger)
    {
        _log = log;
        _git = git;
        _time = time;
        _measuredAt = time.GetTimestamp();
        _logger = logger;
        _measuredHead = log.Snapshot.Changes is null ? string.Empty : log.Snapshot.Head;
    }

    public TaskSnapshot Snapshot => _log.Snapshot;

    public async Task<TaskSnapshot> AppendAsync(TaskEvent entry, CancellationToken cancellationToken)
    {
        if (entry is TaskStateChanged { To: TaskState.ReadyForReview or TaskState.Failed or TaskState.WaitingForUser or TaskState.WaitingForApproval })
        {
            await CatchUpAsync();
        }

        var snapshot = _log.Append(entry);
        if (entry is StepFinished { Commit: not null } && _measuring.IsCompleted && _time.GetElapsedTime(_measuredAt) >= Interval)
        {
            _measuring = MeasureAsync();
        }

        return snapshot;
    }

    public async ValueTask DisposeAsync() => await CatchUpAsync();

    private async Task CatchUpAsync()
    {
        await _measuring;
        await MeasureAsync();
    }

    private async Task MeasureAsync()
    {
        var snapshot = _log.Snapshot;
        if (snapshot.Head == _measuredHead)
        {
            return;
        }

        _measuredAt = _time.GetTimestamp();
        try
        {
            var changes = await _git.MeasureAsync(snapshot, CancellationToken.None);
            _measuredHead = snapshot.Head;
            _log.Append(changes);
        }
        catch (Exception e) when (e is GitException or TaskStoreException)
        {
            // The count is a convenience; the work itself is stored.
            _logger.LogWarning(e, "The changes of task {Task} could not be counted.", snapshot.Id);
        }
    }
}
