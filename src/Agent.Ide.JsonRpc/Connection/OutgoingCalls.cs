using System.Globalization;

namespace Agent.Ide.JsonRpc;

/// <summary>Our calls that the peer has not answered yet.</summary>
internal sealed class OutgoingCalls
{
    /// <summary>
    /// How many cancelled calls are remembered, so that their answers, which still come, are not reported as unknown. A peer
    /// that never answers them must not make the list grow.
    /// </summary>
    private const int MaxAbandoned = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, TaskCompletionSource<Response>> _pending = [];
    private readonly HashSet<int> _abandoned = [];
    private readonly Queue<int> _abandonedOrder = [];
    private int _lastId;
    private ConnectionClosedException? _closed;

    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    public (int Id, Task<Response> Answer) Add()
    {
        var answer = new TaskCompletionSource<Response>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_closed is not null)
            {
                throw new ConnectionClosedException(_closed.Message, _closed.InnerException);
            }

            // Positive ids only, also after two billion calls.
            do
            {
                _lastId = _lastId == int.MaxValue ? 1 : _lastId + 1;
            }
            while (!_pending.TryAdd(_lastId, answer));

            return (_lastId, answer.Task);
        }
    }

    /// <summary>The call was never sent.</summary>
    public void Remove(int id)
    {
        lock (_lock)
        {
            _pending.Remove(id);
        }
    }

    /// <summary>Gives the call up; its answer, when it comes, is dropped. False: it has ended already.</summary>
    public bool TryAbandon(int id, CancellationToken cancellationToken)
    {
        TaskCompletionSource<Response>? call;
        lock (_lock)
        {
            if (!_pending.Remove(id, out call))
            {
                return false;
            }

            if (_abandoned.Add(id))
            {
                _abandonedOrder.Enqueue(id);
            }

            if (_abandonedOrder.Count > MaxAbandoned)
            {
                _abandoned.Remove(_abandonedOrder.Dequeue());
            }
        }

        return call.TrySetCanceled(cancellationToken);
    }

    /// <summary>Takes over the response. False: its id is unknown.</summary>
    public bool TryAnswer(RequestId? id, Response response)
    {
        var known = false;
        TaskCompletionSource<Response>? call = null;
        lock (_lock)
        {
            if (int.TryParse(id?.Json, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                known = _pending.Remove(number, out call) || _abandoned.Remove(number);
            }
        }

        if (call is null || !call.TrySetResult(response))
        {
            response.Dispose();
        }

        return known;
    }

    /// <summary>Fails all pending and all later calls.</summary>
    public void Close(ConnectionClosedException reason)
    {
        TaskCompletionSource<Response>[] pending;
        lock (_lock)
        {
            if (_closed is not null)
            {
                return;
            }

            _closed = reason;
            pending = [.. _pending.Values];
            _pending.Clear();
        }

        foreach (var call in pending)
        {
            call.TrySetException(new ConnectionClosedException(reason.Message, reason.InnerException));
        }
    }
}
