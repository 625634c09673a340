using System.Threading.Channels;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// A first-in-first-out queue bounded in messages and in bytes. Who does not fit waits, in the order of the calls; what waits
/// was not accepted yet and can be cancelled. One reader.
/// </summary>
internal sealed class BoundedQueue<T>(int maxCount, long maxBytes)
    where T : class
{
    private readonly Channel<T> _accepted = Channel.CreateUnbounded<T>(new UnboundedChannelOptions { SingleReader = true });
    private readonly LinkedList<Waiter> _waiting = [];
    private readonly Lock _lock = new();
    private int _count;
    private long _bytes;
    private ConnectionClosedException? _closed;

    /// <summary>Completes when the message was accepted. When it fails, the message stays the caller's.</summary>
    /// <exception cref="ConnectionClosedException">The queue is closed.</exception>
    public ValueTask EnqueueAsync(T message, int bytes, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        Waiter waiter;
        lock (_lock)
        {
            if (_closed is not null)
            {
                return ValueTask.FromException(new ConnectionClosedException(_closed.Message, _closed.InnerException));
            }

            if (_waiting.Count == 0 && Fits(bytes))
            {
                Accept(message, bytes);
                return ValueTask.CompletedTask;
            }

            waiter = new Waiter(message, bytes);
            _waiting.AddLast(waiter.Node);
        }

        return new ValueTask(WaitAsync(waiter, cancellationToken));
    }

    /// <summary>The next message; null when the queue is closed and empty. Its room is free again after <see cref="Release"/>.</summary>
    public async ValueTask<T?> TakeAsync(CancellationToken cancellationToken)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_accepted.Reader.TryRead(out var message))
            {
                return message;
            }
        }

        return null;
    }

    /// <summary>Frees the room of a message taken.</summary>
    public void Release(int bytes)
    {
        lock (_lock)
        {
            _count--;
            _bytes -= bytes;
            AdmitWaiting();
        }
    }

    /// <summary>Accepts no more; what was accepted can still be taken.</summary>
    public void Close(ConnectionClosedException reason)
    {
        Waiter[] waiting;
        lock (_lock)
        {
            if (_closed is not null)
            {
                return;
            }

            _closed = reason;
            waiting = [.. _waiting];
            _waiting.Clear();
            _accepted.Writer.Complete();
        }

        foreach (var waiter in waiting)
        {
            waiter.Accepted.TrySetException(new ConnectionClosedException(reason.Message, reason.InnerException));
        }
    }

    private async Task WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(_ => Cancel(waiter, cancellationToken), null);
        await waiter.Accepted.Task;
    }

    private void Cancel(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (waiter.Node.List is null)
            {
                return;
            }

            _waiting.Remove(waiter.Node);
            AdmitWaiting();
        }

        waiter.Accepted.TrySetCanceled(cancellationToken);
    }

    private void AdmitWaiting()
    {
        while (_waiting.First?.Value is { } next && Fits(next.Bytes))
        {
            _waiting.RemoveFirst();
            Accept(next.Message, next.Bytes);
            next.Accepted.TrySetResult();
        }
    }

    /// <summary>A message larger than the whole bound passes alone, or it could never be sent.</summary>
    private bool Fits(int bytes) => _count == 0 || (_count < maxCount && _bytes + bytes <= maxBytes);

    private void Accept(T message, int bytes)
    {
        _count++;
        _bytes += bytes;
        _accepted.Writer.TryWrite(message);
    }

    private sealed class Waiter
    {
        public Waiter(T message, int bytes)
        {
            Message = message;
            Bytes = bytes;
            Node = new LinkedListNode<Waiter>(this);
        }

        public T Message { get; }

        public int Bytes { get; }

        public LinkedListNode<Waiter> Node { get; }

        public TaskCompletionSource Accepted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
