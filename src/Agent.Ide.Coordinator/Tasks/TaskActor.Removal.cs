using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>How a task's worktree goes, and how it comes back.</summary>
public sealed partial class TaskActor
{
    /// <summary>Which tasks still need the branch of another, by its id; they have not begun yet.</summary>
    public Func<string, IReadOnlyList<string>> FindDependents { get; init; } = static _ => [];

    public Task DiscardAsync(CancellationToken cancellationToken) => DiscardAsync(force: false, cancellationToken);

    /// <param name="force">Also while a process has files in the worktree open for writing.</param>
    /// <param name="cancellationToken">Until it is stored that the task is discarded.</param>
    public Task DiscardAsync(bool force, CancellationToken cancellationToken) => RequestAsync(
        async () =>
        {
            if (_log.Snapshot.State is TaskState.Merged or TaskState.Discarded or TaskState.Merging)
            {
                throw WrongState("discarded");
            }

            if (FindDependents(Id) is { Count: > 0 } dependents)
            {
                throw new RequestFailedException(
                    "neededByTask",
                    $"Task {Id} is needed by {string.Join(", ", dependents)}, which start from its branch.",
                    $"Discard them first, or wait until they have begun: `agent-ide show {dependents[0]}`.",
                    ExitCodes.Failed);
            }

            await StopDriveAsync();
            await _git.CheckRemovableAsync(_log.Snapshot, force, cancellationToken);
            var discarded = new TaskStateChanged { To = TaskState.Discarded };
            if (TaskTransitions.IsAllowed(_log.Snapshot.State, TaskState.Discarded))
            {
                _log.Append(discarded);
            }
            else
            {
                _log.Append(new TaskStateChanged { To = TaskState.Stopped }, discarded);
            }

            // Stored is stored: a client that leaves now must not leave a discarded task with a worktree.
            await RemoveWorktreeAsync(force, CancellationToken.None);
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
            _log.Append(new TaskRestored { Head = head }, new TaskStateChanged { To = TaskState.ReadyForReview });
            WriteDown("restore", head);
        },
        cancellationToken);

    /// <summary>Removes what is left of the worktree of a task that has ended: it was in use, or could not be removed whole.</summary>
    /// <returns>Null when the task has not ended, or has no worktree any more.</returns>
    public async Task<WorktreeRemoval?> RemoveLeftAsync(bool force, CancellationToken cancellationToken)
    {
        WorktreeRemoval? removal = null;
        await RequestAsync(
            async () =>
            {
                if (_log.Snapshot is { State: TaskState.Merged or TaskState.Discarded, IsBeingRestored: false })
                {
                    removal = await RemoveWorktreeAsync(force, cancellationToken);
                }
            },
            cancellationToken);
        return removal;
    }

    /// <summary>In a log of an earlier version the two entries of a restore may be apart: the worktree is back, and the state does not say so.</summary>
    private void EndRestore()
    {
        _log.Append(new TaskStateChanged { To = TaskState.ReadyForReview });
        WriteDown("restore", _log.Snapshot.Head);
    }

    /// <summary>After a merge, which stands whatever becomes of the worktree: one that is in use goes with a later clean-up.</summary>
    private async Task RemoveMergedWorktreeAsync()
    {
        try
        {
            await RemoveWorktreeAsync(force: false, CancellationToken.None);
        }
        catch (GitException e)
        {
            _logger.LogWarning(e, "The worktree of task {Task}, which was merged, is left.", Id);
            WriteDown("discard", "left", detail: e.Message);
        }
    }

    private async Task<WorktreeRemoval?> RemoveWorktreeAsync(bool force, CancellationToken cancellationToken)
    {
        // Asked of git also where the log knows of no worktree: its making may have ended before it was stored.
        WorktreeRemoval? removal;
        try
        {
            removal = await _git.RemoveAsync(_log.Snapshot, force, cancellationToken);
        }
        catch (GitException e) when (e.Problem != GitProblem.InUse)
        {
            WriteDown("discard", "failed", detail: e.Message);
            throw;
        }

        if (removal is null && (_log.Snapshot.Worktree is null || _log.Snapshot.RemovedAt is not null))
        {
            return null;
        }

        _log.Append(new TaskDiscarded { KeptRef = removal?.KeptRef, Notices = removal is null ? [] : TaskRemovals.Notices(removal, _log.Snapshot.State == TaskState.Merged) });
        WriteDown("discard", "removed", removal?.KeptRef, removal is null ? null : TaskRemovals.Detail(removal));
        return removal;
    }
}
