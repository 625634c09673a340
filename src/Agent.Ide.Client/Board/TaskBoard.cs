using System.Collections.Immutable;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Client.Board;

/// <summary>
/// All tasks of a repository as a front end shows them: a fold of what attaching returned and of the notifications since.
/// Safe for concurrent use; what it hands out are immutable snapshots.
/// </summary>
/// <remarks>
/// The answer to a request and the notifications around it are handled concurrently, so nothing here relies on their order:
/// the higher sequence number wins, and a step that a client was told of is not told again.
/// </remarks>
public sealed class TaskBoard
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _seq;

    /// <summary>Number of the last event seen; what to attach from after a lost connection.</summary>
    public long Seq
    {
        get
        {
            lock (_gate)
            {
                return _seq;
            }
        }
    }

    /// <summary>All tasks, newest first.</summary>
    public IReadOnlyList<AgentTask> Tasks
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries.Values.Select(entry => entry.Task).OfType<AgentTask>()
                    .OrderByDescending(task => task.CreatedAt).ThenBy(task => task.Id, StringComparer.Ordinal)];
            }
        }
    }

    public AgentTask? Find(string id)
    {
        lock (_gate)
        {
            return _entries.GetValueOrDefault(id)?.Task;
        }
    }

    /// <summary>The steps known of a task, in order; all of them only after <see cref="Apply(TaskDetails)"/> or from its creation on.</summary>
    public IReadOnlyList<TaskStep> StepsOf(string id)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(id, out var entry) ? [.. entry.Steps.Values.Select(known => known.Step)] : [];
        }
    }

    public IReadOnlyList<BoardChange> Apply(AttachResult attached)
    {
        lock (_gate)
        {
            var changes = new List<BoardChange>(attached.Tasks.Count);
            foreach (var task in attached.Tasks)
            {
                AddSnapshot(task, attached.Seq, changes);
            }

            return changes;
        }
    }

    public IReadOnlyList<BoardChange> Apply(TaskChangedParams changed)
    {
        lock (_gate)
        {
            var changes = new List<BoardChange>(1);
            AddSnapshot(changed.Task, changed.Seq, changes);
            return changes;
        }
    }

    public IReadOnlyList<BoardChange> Apply(StepAppendedParams appended)
    {
        lock (_gate)
        {
            var changes = new List<BoardChange>(1);
            AddStep(appended.Id, appended.Step, appended.Seq, changes);
            _seq = Math.Max(_seq, appended.Seq);
            return changes;
        }
    }

    /// <summary>All steps of a task, as a request returned them: fills what notifications did not bring.</summary>
    public IReadOnlyList<BoardChange> Apply(TaskDetails details)
    {
        lock (_gate)
        {
            var changes = new List<BoardChange>();
            foreach (var step in details.Steps)
            {
                AddStep(details.Task.Id, step, _seq, changes);
            }

            return changes;
        }
    }

    private void AddSnapshot(AgentTask task, long seq, List<BoardChange> changes)
    {
        _seq = Math.Max(_seq, seq);
        var entry = EntryOf(task.Id);
        if (entry.Task is not null && seq < entry.Seq)
        {
            return;
        }

        changes.Add(new TaskChange(task, entry.Task, seq));
        entry.Task = task;
        entry.Seq = seq;

        // A rollback: steps that an older event told of and that the newer snapshot no longer counts are gone.
        entry.Steps = entry.Steps.RemoveRange(
            entry.Steps.Where(known => known.Key > task.Steps && known.Value.Seq < seq).Select(known => known.Key));
    }

    private void AddStep(string id, TaskStep step, long seq, List<BoardChange> changes)
    {
        var entry = EntryOf(id);
        if (entry.Steps.TryGetValue(step.Number, out var known) && known.Seq > seq)
        {
            return;
        }

        entry.Steps = entry.Steps.SetItem(step.Number, (step, seq));
        var essence = (step.StartedAt, step.Tool, step.Arguments, step.Commit);
        if (!entry.Told.TryGetValue(step.Number, out var told) || told != essence)
        {
            entry.Told[step.Number] = essence;
            changes.Add(new StepChange(id, step, seq));
        }
    }

    private Entry EntryOf(string id)
    {
        if (!_entries.TryGetValue(id, out var entry))
        {
            _entries.Add(id, entry = new Entry());
        }

        return entry;
    }

    private sealed class Entry
    {
        public AgentTask? Task { get; set; }

        public long Seq { get; set; } = -1;

        public ImmutableSortedDictionary<int, (TaskStep Step, long Seq)> Steps { get; set; } =
            ImmutableSortedDictionary<int, (TaskStep Step, long Seq)>.Empty;

        /// <summary>The step that was last told under each number; a number is used again after a rollback.</summary>
        public Dictionary<int, (DateTimeOffset StartedAt, string Tool, string Arguments, string? Commit)> Told { get; } = [];
    }
}
