using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// Runs the handlers: notifications one after another, requests concurrently up to a bound, each after the notifications
/// received before it.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "No timer, link or wait handle is ever made, so there is nothing to dispose.")]
internal sealed class Dispatcher(RpcRouter router, RpcConnectionOptions options, MessageComposer composer, BoundedQueue<MessageBuffer> outgoing)
{
    private const int MaxMessageLength = 500;

    private readonly BoundedQueue<IncomingMessage> _queue = new(options.MaxQueuedMessages, options.MaxQueuedBytes);
    private readonly SemaphoreSlim _slots = new(options.MaxConcurrentRequests);
    private readonly CancellationTokenSource _requestsEnd = new();
    private readonly CancellationTokenSource _notificationsEnd = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<RequestId, IncomingRequest> _inFlight = [];
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for the dispatching itself, one for each running request.
    private int _running = 1;

    /// <summary>Ends when <see cref="RunAsync"/> and all running handlers have ended.</summary>
    public Task Idle => _idle.Task;

    /// <summary>Waits while the queue is full. False: a request with this id is in flight already.</summary>
    public async ValueTask<bool> TryAcceptAsync(MessageEnvelope message, PooledBytes body, CancellationToken cancellationToken)
    {
        IncomingRequest? request = null;
        if (message.Id is { } id)
        {
            request = new IncomingRequest(id);
            lock (_lock)
            {
                if (!_inFlight.TryAdd(id, request))
                {
                    return false;
                }
            }
        }

        var incoming = new IncomingMessage(message.Method, body, message.Parameters) { Request = request };
        await _queue.EnqueueAsync(incoming, incoming.Bytes, cancellationToken);
        return true;
    }

    /// <summary>Does nothing when the request is unknown: it may have been answered a moment ago.</summary>
    public void Cancel(RequestId id)
    {
        IncomingRequest? request;
        lock (_lock)
        {
            _inFlight.TryGetValue(id, out request);
        }

        if (request is not null)
        {
            _ = CancelAsync(request);
        }
    }

    /// <summary>Ends when no more messages come (<see cref="EndRequests"/>) and the notifications received are handled.</summary>
    public async Task RunAsync()
    {
        while (await _queue.TakeAsync(CancellationToken.None) is { } message)
        {
            _queue.Release(message.Bytes);
            if (message.Request is not { } request)
            {
                await HandleNotificationAsync(message);
            }
            else if (await TryTakeSlotAsync())
            {
                Interlocked.Increment(ref _running);

                // On the pool, so that a handler that computes before its first await does not hold up the others.
                _ = Task.Run(() => HandleRequestAsync(message, request));
            }
            else
            {
                // The peer that wanted the answer is gone.
                Forget(request.Id);
                message.ReleaseBody();
            }
        }

        EndOne();
    }

    /// <summary>No more messages come: cancels running requests and drops waiting ones, but not notifications.</summary>
    public void EndRequests(ConnectionClosedException reason)
    {
        IncomingRequest[] requests;
        lock (_lock)
        {
            requests = [.. _inFlight.Values];
        }

        _queue.Close(reason);
        _ = ReportFailureAsync(_requestsEnd.CancelAsync());
        foreach (var request in requests)
        {
            _ = CancelAsync(request);
        }
    }

    /// <summary>Cancels the running notification and drops those that wait.</summary>
    public void EndNotifications() => _ = ReportFailureAsync(_notificationsEnd.CancelAsync());

    private async Task<bool> TryTakeSlotAsync()
    {
        try
        {
            await _slots.WaitAsync(_requestsEnd.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task HandleNotificationAsync(IncomingMessage message)
    {
        try
        {
            if (_notificationsEnd.IsCancellationRequested)
            {
                return;
            }

            if (router.FindNotification(message.Method) is not { } route)
            {
                // LSP: notifications that start with $/ are optional.
                if (!message.Method.StartsWith("$/", StringComparison.Ordinal))
                {
                    options.OnProblem?.Invoke($"{Shorten(message.Method)}: no handler for this notification; it was ignored.", null);
                }

                return;
            }

            var handler = route.Bind(message.Parameters);
            message.ReleaseBody();
            await handler(_notificationsEnd.Token);
        }
        catch (OperationCanceledException) when (_notificationsEnd.IsCancellationRequested)
        {
            // The owner disposed the connection.
        }
        catch (Exception exception)
        {
            options.OnProblem?.Invoke($"{Shorten(message.Method)}: the handler of this notification failed: {Shorten(exception.Message)}", exception);
        }
        finally
        {
            message.ReleaseBody();
        }
    }

    private async Task HandleRequestAsync(IncomingMessage message, IncomingRequest request)
    {
        try
        {
            var answer = await AnswerAsync(message, request);

            // Before the answer is on its way: the peer may use the id again as soon as it has it.
            Forget(request.Id);
            await outgoing.EnqueueAsync(answer, answer.Length, CancellationToken.None);
        }
        catch (ConnectionClosedException)
        {
            // Nobody is left to take the answer; why the connection ended is reported where it is noticed.
        }
        finally
        {
            _slots.Release();
            EndOne();
        }
    }

    private async Task<MessageBuffer> AnswerAsync(IncomingMessage message, IncomingRequest request)
    {
        try
        {
            var result = await RunHandlerAsync(message, request);
            return composer.Result(request.Id, result);
        }
        catch (OperationCanceledException) when (request.Token.IsCancellationRequested)
        {
            return composer.Error(request.Id, RpcErrorCodes.RequestCancelled, $"{Shorten(message.Method)} was cancelled.");
        }
        catch (RpcErrorException exception)
        {
            return ComposeError(message, request, exception);
        }
        catch (Exception exception)
        {
            return InternalError(message, request, exception);
        }
    }

    private async Task<IRpcResult> RunHandlerAsync(IncomingMessage message, IncomingRequest request)
    {
        Func<CancellationToken, Task<IRpcResult>> handler;
        try
        {
            request.Token.ThrowIfCancellationRequested();
            var route = router.FindRequest(message.Method)
                ?? throw new RpcErrorException(RpcErrorCodes.MethodNotFound, $"{Shorten(message.Method)}: there is no such method.");
            handler = route.Bind(message.Parameters);
        }
        catch (JsonException exception)
        {
            throw new RpcErrorException(
                RpcErrorCodes.InvalidParams,
                $"{message.Method}: the parameters do not fit: {Shorten(exception.Message)}",
                innerException: exception);
        }
        finally
        {
            message.ReleaseBody();
        }

        return await handler(request.Token);
    }

    private MessageBuffer ComposeError(IncomingMessage message, IncomingRequest request, RpcErrorException error)
    {
        try
        {
            return composer.Error(request.Id, error.Code, error.Message, error.ErrorData);
        }
        catch (Exception exception)
        {
            // Its data is too large, or its document is disposed.
            return InternalError(message, request, new RpcErrorException(error.Code, error.Message, innerException: exception));
        }
    }

    private MessageBuffer InternalError(IncomingMessage message, IncomingRequest request, Exception exception)
    {
        var text = $"{Shorten(message.Method)} failed: {Shorten(exception.Message)}";
        options.OnProblem?.Invoke(text, exception);
        return composer.Error(request.Id, RpcErrorCodes.InternalError, text);
    }

    private void Forget(RequestId id)
    {
        lock (_lock)
        {
            _inFlight.Remove(id);
        }
    }

    private void EndOne()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _idle.TrySetResult();
        }
    }

    private Task CancelAsync(IncomingRequest request) => ReportFailureAsync(request.CancelAsync());

    /// <summary>What a handler registered with its token may throw; that is no reason to stop.</summary>
    private async Task ReportFailureAsync(Task cancelling)
    {
        try
        {
            await cancelling;
        }
        catch (Exception exception)
        {
            options.OnProblem?.Invoke($"A handler failed to obey its cancellation: {Shorten(exception.Message)}", exception);
        }
    }

    /// <summary>The first line, bounded: what goes to the peer is a message, not a trace.</summary>
    private static string Shorten(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        var length = Math.Min(end < 0 ? text.Length : end, MaxMessageLength);
        return length == text.Length ? text : string.Concat(text.AsSpan(0, length), "…");
    }
}
