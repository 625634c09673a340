namespace Agent.Ide.Git;

/// <summary>What a repository knows of a task beside its refs.</summary>
public enum TaskStanding
{
    /// <summary>It has no log (any more).</summary>
    Unknown,

    /// <summary>It was merged or discarded.</summary>
    Ended,

    /// <summary>Somebody may go on with it.</summary>
    Live,
}

/// <summary>A kept ref that is, or would be, removed.</summary>
/// <param name="Name">Full name of the ref.</param>
/// <param name="KeptAt">When it was made; null for other refs of a task that is gone.</param>
public sealed record ExpiredRef(string Name, DateTimeOffset? KeptAt);

/// <summary>
/// How long kept work stays. Its age is counted by the date in its record, not by a file's, so that copies of a repository agree; a clock that
/// once went wrong costs nothing, because what is found too old is removed by a later clean-up, and by none before a day has passed.
/// </summary>
public sealed class KeptRetention
{
    /// <summary>Kept work can be restored for at least this long.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromDays(30);

    /// <summary>Between finding kept work too old and removing it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    private readonly GitStore _store;
    private readonly KeptWork _kept;

    public KeptRetention(GitStore store)
    {
        _store = store;
        _kept = new KeptWork(store);
    }

    /// <summary>When the newest kept work of a task was made; null when nothing of it is kept.</summary>
    public async Task<DateTimeOffset?> NewestAsync(string id, CancellationToken cancellationToken = default) =>
        await _kept.NewestAsync(id, cancellationToken) is { } newest ? (await _kept.FindRecordAsync(newest, cancellationToken))?.KeptAt : null;

    /// <summary>
    /// Removes kept refs past their time, with what was set aside, and what else is left of tasks whose log, branch and worktree are gone. The newest
    /// of a task that somebody may go on with stays.
    /// </summary>
    /// <param name="standing">What is known of a task.</param>
    /// <param name="dryRun">Only tells.</param>
    /// <param name="cancellationToken">Looked at between tasks.</param>
    public async Task<IReadOnlyList<ExpiredRef>> PruneAsync(
        Func<string, TaskStanding> standing, bool dryRun = false, CancellationToken cancellationToken = default)
    {
        var removed = new List<ExpiredRef>();
        var remaining = new HashSet<string>(StringComparer.Ordinal);
        foreach (var task in (await _kept.ListAsync(cancellationToken)).GroupBy(kept => kept.TaskId))
        {
            var newest = task.Max(kept => kept.Number);
            foreach (var kept in task)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var stays = kept.Number == newest && standing(task.Key) == TaskStanding.Live;
                if (!stays && await IsExpiredAsync(kept, dryRun, cancellationToken) is { } record)
                {
                    removed.Add(new ExpiredRef(kept.Name, record.KeptAt));
                    if (!dryRun)
                    {
                        await RemoveAsync(kept, record, cancellationToken);
                    }
                }
                else
                {
                    remaining.Add(task.Key);
                }
            }
        }

        removed.AddRange(await PruneTasksAsync(id => standing(id) == TaskStanding.Unknown && !remaining.Contains(id), dryRun, cancellationToken));
        return removed;
    }

    /// <returns>Its record when it is to be removed now.</returns>
    private async Task<KeptRecord?> IsExpiredAsync(KeptRef kept, bool dryRun, CancellationToken cancellationToken)
    {
        var now = _store.Clock.Running;
        var record = await _kept.FindRecordAsync(kept, cancellationToken);
        if (record is null)
        {
            // Made by an earlier version, or come without its record: its time begins when it is first seen.
            record = new KeptRecord { TaskId = kept.TaskId, Commit = kept.Commit, KeptAt = now };
            await StoreAsync(kept, record);
            return null;
        }

        var isOld = now - record.KeptAt >= Period;
        if (isOld && record.ExpiredAt is { } found && now - found >= Grace)
        {
            return record;
        }

        if (isOld != record.ExpiredAt is not null || now < record.ExpiredAt)
        {
            await StoreAsync(kept, record with { ExpiredAt = isOld ? now : null });
        }

        return null;

        Task StoreAsync(KeptRef reference, KeptRecord changed) =>
            dryRun ? Task.CompletedTask : _kept.RecordAsync(reference, changed, cancellationToken);
    }

    private async Task RemoveAsync(KeptRef kept, KeptRecord record, CancellationToken cancellationToken)
    {
        // Files first: without the ref nobody would find them again.
        await SetAside.Find(_store.Repository.CommonDirectory, record.Root, kept.TaskId, kept.Number).DeleteAsync(cancellationToken);
        await _store.UpdateRefsAsync(
            [new RefUpdate(kept.Name, null, kept.Commit), new RefUpdate(TaskRefs.KeptRecord(kept.TaskId, kept.Number), null, RefUpdate.Anything)],
            CancellationToken.None);
    }

    /// <summary>Base refs and conversations of tasks of which nothing else is left here. What a clone fetched has no base ref, and stays.</summary>
    private async Task<List<ExpiredRef>> PruneTasksAsync(Predicate<string> isGone, bool dryRun, CancellationToken cancellationToken)
    {
        var git = _store.Repository.Objects;
        var bases = await git.RunAsync(["for-each-ref", "--format=%(refname)", TaskRefs.Bases], default, cancellationToken);
        var gone = bases.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => name[TaskRefs.Bases.Length..]).Where(id => isGone(id)).ToHashSet();
        var removed = new List<ExpiredRef>();
        if (gone.Count == 0)
        {
            return removed;
        }

        gone.ExceptWith(WorktreeMetadata.ReadAll(_store.Repository.CommonDirectory).Select(metadata => metadata.Id));
        var branches = await git.RunAsync(["for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes"], default, cancellationToken);
        gone.ExceptWith(branches.Text.Split('\n').Select(name => name[(name.LastIndexOf('/') + 1)..]));
        foreach (var id in gone.Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var name in new[] { TaskRefs.Notes(id), TaskRefs.AdvancedBase(id), TaskRefs.Base(id) })
            {
                if (await _store.Reader.FindAsync(name, cancellationToken) is not { } found)
                {
                    continue;
                }

                removed.Add(new ExpiredRef(name, null));
                if (!dryRun)
                {
                    await _store.UpdateRefsAsync([new RefUpdate(name, null, found.Hash)], CancellationToken.None);
                }
            }
        }

        return removed;
    }
}
