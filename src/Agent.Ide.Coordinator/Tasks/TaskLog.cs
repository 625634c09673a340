using Agent.Ide.Coordinator.Secrets;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Microsoft.Data.Sqlite;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>
/// A task's log with its newest fold. The one place where events of a task are put in order: each is stamped, checked
/// against the state, stored, folded, and then told to whoever watches.
/// </summary>
public sealed class TaskLog : ITaskLog, IDisposable
{
    /// <summary>Clocks are adjusted by seconds all the time, which no limit notices.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly ITaskLogFile _file;
    private readonly TimeProvider _time;
    private readonly Action<TaskSnapshot, TaskEvent> _stored;
    private TaskSnapshot _snapshot;
    private DateTimeOffset _stampedAt;
    private long _stampedTimestamp;

    private TaskLog(ITaskLogFile file, TaskSnapshot snapshot, TimeProvider time, Action<TaskSnapshot, TaskEvent> stored)
    {
        _file = file;
        _snapshot = snapshot;
        _time = time;
        _stored = stored;
        _stampedAt = time.GetUtcNow();
        _stampedTimestamp = time.GetTimestamp();
    }

    /// <summary>Takes out of the reasons for failing what must not be stored; null: nothing is.</summary>
    public SecretRedactor? Secrets { get; set; }

    public TaskSnapshot Snapshot
    {
        get
        {
            lock (_gate)
            {
                return _snapshot;
            }
        }
    }

    /// <param name="file">A log that is still empty; owned from here on.</param>
    /// <param name="created">First entry.</param>
    /// <param name="time">Stamps the entries.</param>
    /// <param name="stored">Called, in the order of the log, after each entry is stored. Must not call back into the log.</param>
    public static TaskLog Create(ITaskLogFile file, TaskCreated created, TimeProvider time, Action<TaskSnapshot, TaskEvent> stored) =>
        Create(file, created, [], time, stored);

    /// <param name="file">A log that is still empty; owned from here on.</param>
    /// <param name="created">First entry.</param>
    /// <param name="inherited">Entries of another task's conversation; they keep the time they have. Stored with the first, all or none.</param>
    /// <param name="time">Stamps the first entry, and those of the others that have no time.</param>
    /// <param name="stored">As above; it is told of the creation only, with all of them folded.</param>
    public static TaskLog Create(
        ITaskLogFile file, TaskCreated created, IReadOnlyList<TaskEvent> inherited, TimeProvider time, Action<TaskSnapshot, TaskEvent> stored)
    {
        try
        {
            var now = time.GetUtcNow();
            var first = created with { At = now };
            TaskEvent[] entries = [first, .. inherited.Select(entry => entry.At == default ? entry with { At = now } : entry)];
            var snapshot = TaskSnapshot.Fold(entries);
            file.Append(1, entries);
            var log = new TaskLog(file, snapshot, time, stored);
            stored(log._snapshot, first);
            return log;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <param name="file">A log with entries; owned from here on.</param>
    /// <param name="time">Stamps the entries.</param>
    /// <param name="stored">As for a new log.</param>
    public static TaskLog Open(ITaskLogFile file, TimeProvider time, Action<TaskSnapshot, TaskEvent> stored)
    {
        try
        {
            return new TaskLog(file, TaskSnapshot.Fold(file.ReadAfter(0)), time, stored);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The events after a sequence number, in order, for whoever needs more than the fold.</summary>
    public IReadOnlyList<TaskEvent> ReadAfter(long sequence)
    {
        lock (_gate)
        {
            return _file.ReadAfter(sequence);
        }
    }

    public Task<TaskSnapshot> AppendAsync(TaskEvent entry, CancellationToken cancellationToken) => Task.FromResult(Append(entry));

    /// <summary>
    /// Appends what belongs together as one: a process that is killed leaves all of it or nothing in the log. Whoever watches is told
    /// of each once all are stored.
    /// </summary>
    /// <exception cref="InvalidOperationException">An event does not fit the task's state; nothing was stored.</exception>
    /// <exception cref="TaskStoreException">They could not be stored; the task is as before.</exception>
    public TaskSnapshot Append(params ReadOnlySpan<TaskEvent> entries)
    {
        lock (_gate)
        {
            var first = _snapshot.Sequence + 1;
            var now = _time.GetUtcNow();
            var stamped = new List<TaskEvent>(entries.Length + 1);
            if (_snapshot.RunningSince is not null && ClockWasSet(now))
            {
                // What the clock was set by is nobody's running time, or the limit of time would end the task.
                stamped.Add(new RunContinued { At = now });
            }

            foreach (var entry in entries)
            {
                stamped.Add(WithoutSecrets(entry) with { At = now });
            }

            var snapshots = new List<TaskSnapshot>(stamped.Count);
            var next = _snapshot;
            foreach (var entry in stamped)
            {
                snapshots.Add(next = next.Apply(entry));
            }

            try
            {
                _file.Append(first, stamped);
            }
            catch (SqliteException e)
            {
                throw new TaskStoreException(_snapshot.Id, e);
            }

            _stampedAt = now;
            _stampedTimestamp = _time.GetTimestamp();
            for (var index = 0; index < stamped.Count; index++)
            {
                _snapshot = snapshots[index];
                _stored(_snapshot, stamped[index]);
            }

            return next;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file.Dispose();
        }
    }

    /// <summary>Whether the clock went on by much more or less than the time since the entry before: it was set, or the machine slept.</summary>
    private bool ClockWasSet(DateTimeOffset now) => (now - _stampedAt - _time.GetElapsedTime(_stampedTimestamp)).Duration() > ClockTolerance;

    private TaskEvent WithoutSecrets(TaskEvent entry) => entry is TaskStateChanged { Error: { } error } changed && Secrets is { } secrets
        ? changed with { Error = error with { Message = secrets.Redact(error.Message), Hint = error.Hint is null ? null : secrets.Redact(error.Hint) } }
        : entry;
}

/// <summary>A task's log cannot be written: the task cannot go on, because nothing may happen that is not stored.</summary>
public sealed class TaskStoreException : Exception
{
    public TaskStoreException(string task, Exception inner)
        : base($"The log of task {task} could not be written: {inner.Message}", inner)
    {
    }
}
