using System.Collections.Immutable;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>Something that front ends are told, with its number.</summary>
public abstract record FeedEntry(long Seq, string TaskId);

public sealed record TaskChangedEntry(long Seq, AgentTask Task) : FeedEntry(Seq, Task.Id);

public sealed record StepAppendedEntry(long Seq, string TaskId, TaskStep Step) : FeedEntry(Seq, TaskId);

public sealed record ApprovalRequestedEntry(long Seq, string TaskId, TaskApproval Approval) : FeedEntry(Seq, TaskId);

public sealed record ConflictsChangedEntry(long Seq) : FeedEntry(Seq, string.Empty);

/// <summary>
/// Hands every entry to every listener, in order, and keeps the newest ones so that a client which comes back with the
/// last number it saw gets what it missed.
/// </summary>
public sealed class TaskFeed
{
    /// <summary>Entries kept for those who come back: minutes of busy work, about a megabyte.</summary>
    private const int Kept = 2_000;

    private readonly Lock _gate = new();
    private readonly Queue<FeedEntry> _recent = new();
    private ImmutableArray<Action<FeedEntry>> _listeners = [];
    private long _dropped;

    /// <param name="start">Number of the last event before this feed began.</param>
    public TaskFeed(long start) => _dropped = start;

    /// <param name="make">
    /// Numbers the entry. Called under the feed's lock, so that numbers are handed out in the order of the feed, and whoever begins to
    /// listen never sees a number whose entry is still to come.
    /// </param>
    public void Publish(Func<FeedEntry> make)
    {
        lock (_gate)
        {
            var entry = make();
            _recent.Enqueue(entry);
            if (_recent.Count > Kept)
            {
                _dropped = _recent.Dequeue().Seq;
            }

            foreach (var listener in _listeners)
            {
                listener(entry);
            }
        }
    }

    /// <summary>
    /// Adds a listener. In one instant, so that nothing is missed or doubled, it is handed the kept entries after
    /// <paramref name="fromSeq"/> and <paramref name="current"/> is called; the entries of the future follow.
    /// </summary>
    /// <param name="listener">Called under the feed's lock: it must only enqueue.</param>
    /// <param name="fromSeq">The last number the client saw; null: nothing is handed over.</param>
    /// <param name="current">Reads the state that the listener's entries will follow.</param>
    public T Listen<T>(Action<FeedEntry> listener, long? fromSeq, Func<T> current)
    {
        lock (_gate)
        {
            if (fromSeq is { } from && from >= _dropped)
            {
                foreach (var entry in _recent.Where(entry => entry.Seq > from))
                {
                    listener(entry);
                }
            }

            _listeners = _listeners.Add(listener);
            return current();
        }
    }

    public void Unlisten(Action<FeedEntry> listener)
    {
        lock (_gate)
        {
            _listeners = _listeners.Remove(listener);
        }
    }
}
