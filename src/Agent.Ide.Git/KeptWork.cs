using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>A ref below <c>refs/agent-ide/kept/</c>.</summary>
/// <param name="TaskId">The task's.</param>
/// <param name="Number">From 1, the newest highest.</param>
/// <param name="Commit">What it pins.</param>
internal sealed record KeptRef(string TaskId, int Number, string Commit)
{
    public string Name => TaskRefs.Kept(TaskId, Number);
}

/// <summary>Pins commits that would otherwise be lost (undone steps, removed worktrees) and finds them again.</summary>
internal sealed class KeptWork
{
    private const int MaxAttempts = 100;

    private readonly GitStore _store;

    public KeptWork(GitStore store)
    {
        _store = store;
    }

    /// <summary>Pins undone steps under the next number; durable when it returns.</summary>
    /// <returns>The ref.</returns>
    public async Task<string> PinAsync(string id, string commit, CancellationToken cancellationToken) =>
        (await PinAsync(new KeptRecord { TaskId = id, Commit = commit, KeptAt = _store.Clock.Running }, cancellationToken)).Name;

    /// <summary>Pins a commit under the next number, with what is known of it; durable when it returns.</summary>
    public async Task<KeptRef> PinAsync(KeptRecord record, CancellationToken cancellationToken)
    {
        var stored = Store(record, cancellationToken);
        var id = record.TaskId;
        var number = (await NewestAsync(id, cancellationToken))?.Number ?? 0;
        for (var attempt = 1; ; attempt++)
        {
            var kept = new KeptRef(id, number + attempt, record.Commit);
            try
            {
                await _store.UpdateRefsAsync(
                    [new RefUpdate(kept.Name, record.Commit, null), new RefUpdate(TaskRefs.KeptRecord(id, kept.Number), stored, RefUpdate.Anything)],
                    cancellationToken);
                return kept;
            }
            catch (GitException exception) when (exception.Problem == GitProblem.RefMoved && attempt < MaxAttempts)
            {
                // Somebody took that number; the next one is as good.
            }
        }
    }

    /// <summary>Changes what is known of a kept ref.</summary>
    public async Task RecordAsync(KeptRef kept, KeptRecord record, CancellationToken cancellationToken)
    {
        var stored = Store(record, cancellationToken);
        await _store.UpdateRefsAsync([new RefUpdate(TaskRefs.KeptRecord(kept.TaskId, kept.Number), stored, RefUpdate.Anything)], cancellationToken);
    }

    /// <summary>Null for a ref that an earlier version made, and for one that came without its record.</summary>
    public async Task<KeptRecord?> FindRecordAsync(KeptRef kept, CancellationToken cancellationToken) =>
        await _store.ReadCommitAsync(TaskRefs.KeptRecord(kept.TaskId, kept.Number), cancellationToken) is { } commit
        && KeptRecord.Parse(commit) is { } record && record.Commit == kept.Commit
            ? record
            : null;

    /// <summary>The newest pinned commit of a task; null when there is none.</summary>
    public async Task<KeptRef?> NewestAsync(string id, CancellationToken cancellationToken) =>
        (await ListAsync(TaskRefs.KeptPrefix(id), cancellationToken)).MaxBy(kept => kept.Number);

    /// <summary>All of a repository, by task and number.</summary>
    public Task<List<KeptRef>> ListAsync(CancellationToken cancellationToken) => ListAsync(TaskRefs.AllKept, cancellationToken);

    private async Task<List<KeptRef>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        var output = await _store.Repository.Objects.RunAsync(
            ["for-each-ref", "--format=%(refname) %(objectname)", prefix], default, cancellationToken);
        var all = new List<KeptRef>();
        foreach (var line in output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var name = line.AsSpan(TaskRefs.AllKept.Length, space - TaskRefs.AllKept.Length);
            var slash = name.IndexOf('/');
            if (slash > 0 && int.TryParse(name[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                all.Add(new KeptRef(name[..slash].ToString(), number, line[(space + 1)..]));
            }
        }

        return all;
    }

    private string Store(KeptRecord record, CancellationToken cancellationToken)
    {
        using var batch = _store.NewBatch();
        var stored = record.Write(batch);
        batch.Publish(cancellationToken);
        return stored;
    }
}
