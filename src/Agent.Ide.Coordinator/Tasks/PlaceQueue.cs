namespace Agent.Ide.Coordinator.Tasks;

/// <summary>
/// The places that <c>max_concurrent</c> counts, handed out first come, first served. Who waits for a person, or has
/// ended, holds none.
/// </summary>
public sealed class PlaceQueue
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private int _taken;
    private int _limit;

    public PlaceQueue(int limit) => _limit = limit;

    public int Taken
    {
        get
        {
            lock (_gate)
            {
                return _taken;
            }
        }
    }

    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>A lower limit takes no place away; it is reached as places come back.</summary>
    public void SetLimit(int limit)
    {
        lock (_gate)
        {
            _limit = limit;
            Admit();
        }
    }

    /// <summary>Waits for a place; disposing what is returned gives it back.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; no place is held.</exception>
    public async Task<IDisposable> AcquireAsync(CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_gate)
        {
            if (_taken < _limit && _waiting.Count == 0)
            {
                _taken++;
                return new Place(this);
            }

            waiter = new Waiter();
            _waiting.AddLast(waiter);
        }

        await using var registration = cancellationToken.Register(() =>
        {
            lock (_gate)
            {
                if (_waiting.Remove(waiter))
                {
                    waiter.Admitted.TrySetCanceled(cancellationToken);
                }
            }
        });
        await waiter.Admitted.Task;
        return new Place(this);
    }

    private void Release()
    {
        lock (_gate)
        {
            _taken--;
            Admit();
        }
    }

    private void Admit()
    {
        while (_taken < _limit && _waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            _taken++;
            first.Value.Admitted.TrySetResult();
        }
    }

    private sealed class Waiter
    {
        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Place(PlaceQueue queue) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0)
            {
                queue.Release();
            }
        }
    }
}
