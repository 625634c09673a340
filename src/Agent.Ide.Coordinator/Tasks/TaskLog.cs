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
    private readonly Lock _gate = new();
    private readonly TaskLogFile _file;
    private readonly TimeProvider _time;
    private readonly Action<TaskSnapshot, TaskEvent> _stored;
    private TaskSnapshot _snapshot;

    private TaskLog(TaskLogFile file, TaskSnapshot snapshot, TimeProvider time, Action<TaskSnapshot, TaskEvent> stored)
    {
        _file = file;
        _snapshot = snapshot;
        _time = time;
        _stored = stored;
    }

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

    /// <param name="path">Path of a log that does not exist yet.</param>
    /// <param name="created">First entry.</param>
    /// <param name="time">Stamps the entries.</param>
    /// <param name="stored">Called, in the order of the log, after each entry is stored. Must not call back into the log.</param>
    public static TaskLog Create(string path, TaskCreated created, TimeProvider time, Action<TaskSnapshot, TaskEvent> stored) =>
        Create(path, created, [], time, stored);

    /// <param name="path">Path of a log that does not exist yet.</param>
    /// <param name="created">First entry.</param>
    /// <param name="inherited">Entries of another task's conversation; they keep the time they have. Stored with the first, all or none.</param>
    /// <param name="time">Stamps the first entry, and those of the others that have no time.</param>
    /// <param name="stored">As above; it is told of the creation only, with all of them folded.</param>
    public static TaskLog Create(
        string path, TaskCreated created, IReadOnlyList<TaskEvent> inherited, TimeProvider time, Action<TaskSnapshot, TaskEvent> stored)
    {
        var file = new TaskLogFile(path);
        try
        {
            var now = time.GetUtcNow();
            var first = created with { At = now };
            TaskEvent[] entries = [first, .. inherited.Select(entry => entry.At == default ? entry with { At = now } : entry)];
            var snapshot = TaskSnapshot.Fold(entries);
            file.AppendAll(entries);
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

    public static TaskLog Open(string path, TimeProvider time, Action<TaskSnapshot, TaskEvent> stored)
    {
        var file = new TaskLogFile(path);
        try
        {
            return new TaskLog(file, TaskSnapshot.Fold(file.ReadAll()), time, stored);
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

    /// <exception cref="InvalidOperationException">The event does not fit the task's state; nothing was stored.</exception>
    /// <exception cref="TaskStoreException">The event could not be stored; the task is as before.</exception>
    public TaskSnapshot Append(TaskEvent entry)
    {
        lock (_gate)
        {
            var stamped = entry with { At = _time.GetUtcNow() };
            var next = _snapshot.Apply(stamped);
            try
            {
                _file.Append(next.Sequence, stamped);
            }
            catch (SqliteException e)
            {
                throw new TaskStoreException(_snapshot.Id, e);
            }

            _snapshot = next;
            _stored(next, stamped);
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
}

/// <summary>A task's log cannot be written: the task cannot go on, because nothing may happen that is not stored.</summary>
public sealed class TaskStoreException : Exception
{
    public TaskStoreException(string task, Exception inner)
        : base($"The log of task {task} could not be written: {inner.Message}", inner)
    {
    }
}
