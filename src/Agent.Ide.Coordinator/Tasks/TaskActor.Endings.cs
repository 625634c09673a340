using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol.Review;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>Endings, and what a coordinator that was killed left half done of them: merges, roll backs, removals.</summary>
public sealed partial class TaskActor
{
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
                    if (!snapshot.MergesPart && snapshot.MergesOnto is null && _log.Snapshot.Error is null)
                    {
                        await AcceptAsAskedAsync(snapshot.Head, cancellationToken);
                    }

                    break;
                case TaskState.ReadyForReview when snapshot.Error?.Code == TaskMergeResult.UnfinishedCode:
                    if (await _git.RecoverAcceptsAsync(Id, cancellationToken) is null)
                    {
                        // The accept came to its end after all.
                        _log.Append(new TaskStateChanged { To = TaskState.Merging }, new TaskStateChanged { To = TaskState.ReadyForReview });
                    }

                    break;
                case TaskState.Merged or TaskState.Discarded when snapshot.IsBeingRestored:
                    EndRestore();
                    break;
                case TaskState.Merged when snapshot.RemovedAt is null:
                    await RemoveMergedWorktreeAsync();
                    break;
                case TaskState.Discarded when snapshot.RemovedAt is null && snapshot.Worktree is not null:
                    await RemoveWorktreeAsync(force: false, cancellationToken);
                    break;
            }
        }
        finally
        {
            _requests.Release();
        }
    }

    private async Task<TaskMergeResult> MergeAsync(AcceptParams request, TaskPart? part, string checkout, CancellationToken cancellationToken)
    {
        var onto = request.OntoCurrent ? await _git.FindLandingPlaceAsync(checkout, cancellationToken) : null;
        var above = await _git.FindTipAsync(_log.Snapshot, onto, cancellationToken);
        if (_log.Snapshot.State != TaskState.ReadyForReview)
        {
            _log.Append(new TaskStateChanged { To = TaskState.ReadyForReview });
        }

        _log.Append(new TaskStateChanged { To = TaskState.Merging, OfPart = part is not null, Onto = onto, Above = above });
        TaskMergeResult result;
        try
        {
            result = await _git.AcceptAsync(_log.Snapshot, request, part, checkout, cancellationToken);
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
            var to = failure.Code is TaskMergeResult.ConflictCode or TaskMergeResult.ResolutionCode or TaskMergeResult.UndecidedCode ? TaskState.Conflict : TaskState.ReadyForReview;
            _log.Append(new TaskStateChanged { To = to, Error = failure });
            return;
        }

        if (result.AdvancedBase is { } advanced)
        {
            var part = new PartAccepted { Commit = result.Commit, BaseCommit = advanced, Head = _log.Snapshot.Head, Files = result.Files ?? [], Kept = result.Kept };
            var remaining = await _git.MeasureAsync(_log.Snapshot.Apply(part), CancellationToken.None);
            _log.Append(part, new TaskStateChanged { To = TaskState.ReadyForReview }, remaining);
            WriteDown("accept", result.Commit ?? "nothing to merge", detail: "in part: " + string.Join(", ", part.Files));
            return;
        }

        _log.Append(
            new TaskAccepted { Commit = result.Commit, Strategy = result.Strategy, Head = _log.Snapshot.Head, Kept = result.Kept },
            new TaskStateChanged { To = TaskState.Merged });
        WriteDown("accept", result.Commit ?? "nothing to merge");
        await RemoveMergedWorktreeAsync();
    }

    /// <summary>An accept ended in its middle, by a failure or with its coordinator: finds out whether it landed, and says so.</summary>
    /// <returns>What landed; null when nothing did.</returns>
    private async Task<TaskMergeResult?> FinishMergeAsync(CancellationToken cancellationToken)
    {
        var unfinished = await _git.RecoverAcceptsAsync(Id, cancellationToken);
        var landed = await _git.FindLandedAsync(_log.Snapshot, cancellationToken);
        if (landed is null)
        {
            // The branch decides, and it has not moved: what is left to do is in the checkout alone.
            _log.Append(new TaskStateChanged { To = TaskState.ReadyForReview, Error = unfinished });
            return null;
        }

        if (unfinished is not null)
        {
            landed = landed with { Kept = [.. landed.Kept, unfinished.Message] };
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

        // The steps that changed nothing may have been meant to stay or not: nobody is robbed of them.
        var commit = snapshot.Steps.Find(entry => entry.Commit == head)?.Number ?? 0;
        var step = (snapshot.Steps.Find(entry => entry.Number > commit && entry.Commit is not null)?.Number ?? snapshot.LastStep + 1) - 1;
        var baseCommit = await _git.BaseAfterRollbackAsync(snapshot, head, cancellationToken);
        _log.Append(new RolledBack { ToStep = step, Head = head, BaseCommit = baseCommit });
        WriteDown("rollback", $"to step {step}, finished after an interruption");
        _log.Append(await _git.MeasureAsync(_log.Snapshot, cancellationToken));
        return true;
    }
}
