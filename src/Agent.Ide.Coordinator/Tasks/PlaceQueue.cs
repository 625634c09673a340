namespace Agent.Ide.Coordinator.Tasks;

/// <summary>
/// The places that <c>max_concurrent</c> counts, handed out first come, first served. Who waits for a person, or has
/// ended, holds none. While the machine is short of memory nobody new is admitted, but for one at a time: somebody always goes on.
/// </summary>
public sealed class PlaceQueue : IDisposable
{
    /// <summary>How often a shortage is looked at again; each time at most one is admitted, for its memory is not taken at once.</summary>
    private static readonly TimeSpan s_polling = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly IMachineMemory _memory;
    private readonly ITimer _timer;
    private readonly LinkedList<Waiter> _waiting = new();
    private int _taken;
    private int _limit;
    private string? _shortage;
    private bool _isPolling;
    private bool _told = true;

    public PlaceQueue(int limit, IMachineMemory memory, TimeProvider time)
    {
        _limit = limit;
        _memory = memory;
        _timer = time.CreateTimer(_ => LookAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Told, from any thread, when <see cref="Shortage"/> has changed.</summary>
    public event Action? ShortageChanged;

    /// <summary>Why those who wait do so although a place is free; null where that is not so.</summary>
    public string? Shortage => Volatile.Read(ref _shortage);

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
            Admit(int.MaxValue);
        }

        Tell();
    }

    /// <summary>Waits for a place; disposing what is returned gives it back.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; no place is held.</exception>
    public async Task<IDisposable> AcquireAsync(CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_gate)
        {
            waiter = new Waiter();
            _waiting.AddLast(waiter);
            Admit(int.MaxValue);
        }

        Tell();

        await using var registration = cancellationToken.Register(() =>
        {
            lock (_gate)
            {
                if (_waiting.Remove(waiter))
                {
                    waiter.Admitted.TrySetCanceled(cancellationToken);
                    Admit(int.MaxValue);
                }
            }

            Tell();
        });
        await waiter.Admitted.Task;
        return new Place(this);
    }

    private void Release()
    {
        lock (_gate)
        {
            _taken--;
            Admit(int.MaxValue);
        }

        Tell();
    }

    public void Dispose() => _timer.Dispose();

    private void LookAgain()
    {
        lock (_gate)
        {
            _isPolling = false;
            Admit(1);
        }

        Tell();
    }

    /// <summary>Admits as many as there are places and memory for. Called under the gate.</summary>
    private void Admit(int most)
    {
        var shortage = default(string);
        while (_taken < _limit && _waiting.First is { } first && shortage is null)
        {
            // Who waits for memory waits for the next look: what has just been freed may be taken by whom it was freed for.
            if (_taken > 0 && (most <= 0 || (_isPolling && _shortage is not null)))
            {
                shortage = _shortage;
                break;
            }

            shortage = _taken > 0 ? _memory.Shortage() : null;
            if (shortage is null)
            {
                _waiting.RemoveFirst();
                _taken++;
                most--;
                first.Value.Admitted.TrySetResult();
            }
        }

        _told = _told && _shortage == shortage;
        Volatile.Write(ref _shortage, shortage);
        if (_taken < _limit && _waiting.Count > 0 && !_isPolling)
        {
            _isPolling = true;
            _timer.Change(s_polling, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Tells outside of the gate what changed under it.</summary>
    private void Tell()
    {
        lock (_gate)
        {
            if (_told)
            {
                return;
            }

            _told = true;
        }

        ShortageChanged?.Invoke();
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
