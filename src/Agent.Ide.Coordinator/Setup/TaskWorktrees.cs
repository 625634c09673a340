using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol.Setup;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Coordinator.Setup;

/// <summary>How a clean-up goes about.</summary>
public sealed record PruneRequest
{
    /// <summary>Only tells.</summary>
    public bool DryRun { get; init; }

    /// <summary>Only the worktree in this folder, and no refs.</summary>
    public string? Path { get; init; }

    /// <summary>Only refs, and no worktree.</summary>
    public bool RefsOnly { get; init; }

    public bool Force { get; init; }

    /// <summary>Younger ones are left; null when a person asks, who sees what there is.</summary>
    public TimeSpan? OlderThan { get; init; }
}

/// <summary>Lists the worktrees, and cleans up those that no task needs any more. One clean-up at a time.</summary>
public sealed class TaskWorktrees : IDisposable
{
    private readonly Worktrees _worktrees;
    private readonly KeptRetention _retention;
    private readonly TaskRegistry _tasks;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1, 1);

    public TaskWorktrees(Worktrees worktrees, KeptRetention retention, TaskRegistry tasks, AuditLog audit, TimeProvider time)
    {
        _worktrees = worktrees;
        _retention = retention;
        _tasks = tasks;
        _audit = audit;
        _time = time;
    }

    public async Task<WorktreesResult> ListAsync(CancellationToken cancellationToken)
    {
        var worktrees = new List<TaskWorktree>();
        foreach (var found in await SurveyAsync(cancellationToken))
        {
            var size = found.FolderExists ? FolderSize.Measure(found.Root, cancellationToken) : default(FolderSize?);
            var exists = _tasks.Exists(found.Id);
            worktrees.Add(new TaskWorktree(exists ? found.Id : null, found.Root, found.Branch, exists ? _tasks.View(found.Id).State : "orphan")
            {
                ChangedAt = found.ChangedAt == DateTimeOffset.UnixEpoch ? null : found.ChangedAt,
                Bytes = size?.Bytes,
                BytesAreMore = size is { IsWhole: false },
                Reason = Describe(found),
            });
        }

        return new WorktreesResult(worktrees);
    }

    /// <summary>
    /// Removes what is left of merged and discarded tasks, and of none, each pinned first; then kept refs past their time. What cannot be removed is
    /// left and told. Cancelling ends it between two worktrees.
    /// </summary>
    public async Task<PruneResult> PruneAsync(PruneRequest request, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var removed = new List<PrunedWorktree>();
            var left = new List<LeftWorktree>();
            foreach (var found in request.RefsOnly ? [] : await SurveyAsync(cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (request.Path is null || request.Path == found.Root)
                {
                    await PruneAsync(found, request, removed, left, cancellationToken);
                }
            }

            IReadOnlyList<ExpiredRef> refs = [];
            if (request.Path is null)
            {
                refs = await _retention.PruneAsync(StandingOf, request.DryRun, cancellationToken);
                if (!request.DryRun)
                {
                    WriteDown(refs);
                    _worktrees.RemoveTemporaryFiles(TimeSpan.FromDays(1));
                }
            }

            return new PruneResult(removed) { Left = left, Refs = [.. refs.Select(expired => expired.Name)] };
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task PruneAsync(
        FoundWorktree found, PruneRequest request, List<PrunedWorktree> removed, List<LeftWorktree> left, CancellationToken cancellationToken)
    {
        if (ReasonToLeave(found, request) is { } reason)
        {
            left.Add(new LeftWorktree(found.Root, reason) { Id = found.Id });
            return;
        }

        if (request.DryRun)
        {
            removed.Add(new PrunedWorktree(found.Root) { Id = found.Id });
            return;
        }

        try
        {
            var (removal, wasThere) = await RemoveAsync(found, request, cancellationToken);
            if (!wasThere)
            {
                left.Add(new LeftWorktree(found.Root, "its task was restored meanwhile") { Id = found.Id });
                return;
            }

            _audit.Write("prune", found.Id, "removed", removal?.KeptRef, removal is null ? null : TaskRemovals.Detail(removal));
            removed.Add(new PrunedWorktree(found.Root, removal?.KeptRef)
            {
                Id = found.Id,
                NotKept = removal is null ? [] : [.. removal.NotKept.Where(path => path.Reason == SkipReason.Ignored).Select(path => path.Path)],
            });
        }
        catch (Exception e) when (e is GitException or RequestFailedException or TaskStoreException or IOException)
        {
            // One that cannot be removed must not keep the others.
            _audit.Write("prune", found.Id, "left", detail: e.Message);
            left.Add(new LeftWorktree(found.Root, e.Message) { Id = found.Id, Failed = true });
        }
    }

    private async Task<(WorktreeRemoval? Removal, bool WasThere)> RemoveAsync(FoundWorktree found, PruneRequest request, CancellationToken cancellationToken)
    {
        if (_tasks.Exists(found.Id) && found.IsComplete)
        {
            using var lease = await _tasks.LeaseAsync(found.Id, cancellationToken);
            var ofTask = await lease.Actor.RemoveLeftAsync(request.Force, cancellationToken);
            return (ofTask, ofTask is not null);
        }

        // Nobody knows the task: its branch stays, for nobody would look for it among the kept refs.
        var options = new RemovalOptions { DeleteBranch = false, Force = request.Force };
        var branch = found.Branch.Length > 0 ? found.Branch : $"refs/heads/agent/{found.Id}";
        return (await _worktrees.RemoveAsync(found, branch, options, cancellationToken), true);
    }

    private string? ReasonToLeave(FoundWorktree found, PruneRequest request)
    {
        if (!_tasks.Exists(found.Id) && _tasks.HasLog(found.Id))
        {
            return "the log of its task could not be read";
        }

        if (StandingOf(found.Id) == TaskStanding.Live)
        {
            var state = WordsOf(_tasks.View(found.Id));
            return found.FolderExists ? $"its task is {state}" : $"its folder is gone, but its task is {state}: discard the task, then restore it";
        }

        if (found.IsBeingRemoved || request.OlderThan is not { } bound)
        {
            return null;
        }

        return _time.GetUtcNow() - found.ChangedAt < bound ? "it is not old enough" : null;
    }

    private TaskStanding StandingOf(string id) =>
        !_tasks.Exists(id) ? (_tasks.HasLog(id) ? TaskStanding.Live : TaskStanding.Unknown)
        : _tasks.View(id).State is "merged" or "discarded" ? TaskStanding.Ended
        : TaskStanding.Live;

    private string? Describe(FoundWorktree found) =>
        found.IsBeingRemoved ? "its removal was interrupted; a clean-up finishes it"
        : !found.HasMetadata ? "git's metadata of it is gone; a clean-up keeps what is in it and removes it"
        : !found.FolderExists ? "its folder is gone"
        : !found.IsComplete ? "its making was interrupted"
        : StandingOf(found.Id) switch
        {
            TaskStanding.Live => null,
            TaskStanding.Ended => "its task has ended; a clean-up removes it",
            _ => "no task owns it; a clean-up removes it and leaves its branch",
        };

    private void WriteDown(IReadOnlyList<ExpiredRef> refs)
    {
        foreach (var expired in refs)
        {
            var detail = expired.KeptAt is { } at ? $"{expired.Name}, kept since {at.UtcDateTime:yyyy-MM-dd}" : expired.Name;
            _audit.Write("prune", null, "ref removed", detail: detail);
        }
    }

    private Task<IReadOnlyList<FoundWorktree>> SurveyAsync(CancellationToken cancellationToken) => _worktrees.SurveyAsync(
        // Of a task whose log is damaged nobody knows where its worktree is.
        _tasks.Views.Where(view => view.Worktree.Length > 0).Select(view => Path.GetDirectoryName(new Uri(view.Worktree).LocalPath)!).Distinct(StringComparer.Ordinal), cancellationToken);

    /// <summary>The protocol's <c>readyForReview</c> as a person says it.</summary>
    private static string WordsOf(AgentTask task) =>
        string.Concat(task.State.Select(letter => char.IsAsciiLetterUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));
}
