using System.Text.Json;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Tests.Loop;

/// <summary>A log that really stores: every entry goes through its JSON form, and the snapshot is the fold of those.</summary>
internal sealed class MemoryLog : ITaskLog
{
    private readonly List<string> _stored = [];
    private readonly TimeProvider _time;
    private readonly Journal _journal;

    public MemoryLog(TaskCreated created, TimeProvider time, Journal journal)
    {
        _time = time;
        _journal = journal;
        _stored.Add(Write(created with { At = time.GetUtcNow() }));
        Snapshot = TaskSnapshot.Fold(Events);
    }

    public TaskSnapshot Snapshot { get; private set; }

    /// <summary>Runs just before an entry is stored: what another writer appends now comes first.</summary>
    public Action<TaskEvent>? Storing { get; set; }

    public IEnumerable<TaskEvent> Events => _stored.Select(text => JsonSerializer.Deserialize(text, TaskEventJson.Default.TaskEvent)!);

    public async Task<TaskSnapshot> AppendAsync(TaskEvent entry, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await Task.Yield();
        await _journal.ReachAsync($"before append {entry.GetType().Name}");
        Storing?.Invoke(entry);
        var returned = Append(entry);
        _journal.Add($"append {entry.GetType().Name}");
        await _journal.ReachAsync($"after append {entry.GetType().Name}");
        return returned;
    }

    public TaskSnapshot Append(TaskEvent entry)
    {
        var text = Write(entry with { At = _time.GetUtcNow() });
        var next = Snapshot.Apply(JsonSerializer.Deserialize(text, TaskEventJson.Default.TaskEvent)!);
        _stored.Add(text);
        return Snapshot = next;
    }

    private static string Write(TaskEvent entry) => JsonSerializer.Serialize(entry, TaskEventJson.Default.TaskEvent);
}
