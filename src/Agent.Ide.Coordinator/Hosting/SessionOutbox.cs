namespace Agent.Ide.Coordinator.Hosting;

/// <summary>
/// What a client has not been sent yet. A task that changes faster than the client reads is sent in its newest state
/// only; steps and approvals are never left out. Bounded: a client that stops reading is cut off instead of growing it.
/// </summary>
public sealed class SessionOutbox : IDisposable
{
    /// <summary>Entries after which a client counts as gone.</summary>
    private const int Limit = 20_000;

    private readonly Lock _gate = new();
    private readonly LinkedList<FeedEntry> _entries = new();
    private readonly Dictionary<string, LinkedListNode<FeedEntry>> _newest = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _available = new(0, 1);
    private bool _closed;

    /// <summary>True when the client read so little that entries had to be dropped.</summary>
    public bool Overflowed { get; private set; }

    public void Add(FeedEntry entry)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            if (_entries.Count >= Limit)
            {
                Overflowed = true;
            }
            else
            {
                if (entry is TaskChangedEntry && _newest.Remove(entry.TaskId, out var older))
                {
                    _entries.Remove(older);
                }

                var node = _entries.AddLast(entry);
                if (entry is TaskChangedEntry)
                {
                    _newest[entry.TaskId] = node;
                }
            }

            if (_available.CurrentCount == 0)
            {
                _available.Release();
            }
        }
    }

    /// <summary>Waits until there is something, and takes all of it.</summary>
    public async Task<IReadOnlyList<FeedEntry>> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _available.WaitAsync(cancellationToken);
            lock (_gate)
            {
                if (_entries.Count == 0 && !Overflowed)
                {
                    continue;
                }

                FeedEntry[] taken = [.. _entries];
                _entries.Clear();
                _newest.Clear();
                return taken;
            }
        }
    }

    /// <summary>What is added from here on is dropped: a listener that outlives its session must not fail who publishes.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _available.Dispose();
        }
    }
}
