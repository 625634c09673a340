using System.Text.Json.Serialization.Metadata;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// One peer: JSON-RPC 2.0 over two byte streams, framed by <c>Content-Length</c> headers as in LSP 3.17. Owns both streams.
/// </summary>
/// <remarks>
/// Safe for concurrent callers; messages leave in the order of the calls. A connection is not disposed from within one of its
/// handlers: the handler signals its owner instead.
/// </remarks>
public sealed class RpcConnection : IAsyncDisposable
{
    private readonly Stream _input;
    private readonly Stream _output;
    private readonly RpcRouter _router;
    private readonly RpcConnectionOptions _options;
    private readonly MessageComposer _composer;
    private readonly BoundedQueue<MessageBuffer> _outgoing;
    private readonly OutgoingCalls _calls = new();
    private readonly Dispatcher _dispatcher;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Infinite until CancelAfter: this is how a source gets to measure with the given clock.
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _writeDeadline;
    private readonly CancellationTokenSource _handlerDeadline;
    private readonly TimeProvider _time;
    private int _maxIncomingBytes;
    private int _started;
    private int _disposed;

    /// <param name="input">Read to its end.</param>
    /// <param name="output">May be the same stream as <paramref name="input"/> (a socket).</param>
    /// <param name="router">What the peer may ask for; registrations are possible until <see cref="Start"/>.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="timeProvider">Measures <see cref="RpcConnectionOptions.CloseTimeout"/>. Null: the system's.</param>
    public RpcConnection(
        Stream input,
        Stream output,
        RpcRouter router,
        RpcConnectionOptions? options = null,
        TimeProvider? timeProvider = null)
    {
        _input = input;
        _output = output;
        _router = router;
        _options = options ?? new RpcConnectionOptions();
        _composer = new MessageComposer(_options.MaxMessageBytes);
        _outgoing = new BoundedQueue<MessageBuffer>(_options.MaxQueuedMessages, _options.MaxQueuedBytes);
        _dispatcher = new Dispatcher(router, _options, _composer, _outgoing);
        var time = timeProvider ?? TimeProvider.System;
        _time = time;
        _maxIncomingBytes = _options.MaxIncomingBytes ?? _options.MaxMessageBytes;
        _stop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _writeDeadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _handlerDeadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>
    /// Ends when the connection has ended: successfully at the end of the stream, when the peer vanished or after
    /// <see cref="DisposeAsync"/>; with <see cref="RpcFramingException"/> when the peer did not send messages. By then
    /// pending calls have failed, running requests are cancelled and the notifications received are handled.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>Longest body that the peer may send from its next message on, in bytes.</summary>
    public int MaxIncomingBytes
    {
        get => Volatile.Read(ref _maxIncomingBytes);
        set => Volatile.Write(ref _maxIncomingBytes, value);
    }

    /// <summary>Begins to read and write. Messages sent before wait in the outgoing queue.</summary>
    /// <exception cref="InvalidOperationException">It was started already.</exception>
    public void Start()
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("The connection was started already.");
        }

        _router.Freeze();
        _ = Task.Run(RunAsync);
    }

    /// <summary>
    /// Calls the peer. Cancelling sends <c>$/cancelRequest</c> and throws at once, without waiting for the peer to obey.
    /// </summary>
    /// <exception cref="RpcErrorException">The peer answered with an error.</exception>
    /// <exception cref="RpcMalformedResponseException">The peer's answer cannot be read.</exception>
    /// <exception cref="RpcMessageTooLargeException">The parameters are too large; nothing was sent.</exception>
    /// <exception cref="ConnectionClosedException">The connection ended before the answer came.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<TResult> InvokeAsync<TParams, TResult>(
        string method,
        TParams parameters,
        JsonTypeInfo<TParams> parametersType,
        JsonTypeInfo<TResult> resultType,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (id, answer) = _calls.Add();
        try
        {
            await SendAsync(_composer.Request(id, method, parameters, parametersType), cancellationToken);
        }
        catch
        {
            _calls.Remove(id);
            throw;
        }

        // Registered only now: a cancellation must not overtake its request.
        await using (cancellationToken.UnsafeRegister(_ => Abandon(id, cancellationToken), null))
        {
            using var response = await answer;
            return response.Read(method, resultType);
        }
    }

    /// <summary>Tells the peer. Completes when the message is accepted by the outgoing queue, not when it is read.</summary>
    /// <exception cref="RpcMessageTooLargeException">The parameters are too large; nothing was sent.</exception>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while the queue was full; nothing was sent.</exception>
    public ValueTask NotifyAsync<TParams>(
        string method,
        TParams parameters,
        JsonTypeInfo<TParams> parametersType,
        CancellationToken cancellationToken) =>
        SendAsync(_composer.Notification(method, parameters, parametersType), cancellationToken);

    /// <summary>
    /// Ends the connection: writes what is queued and waits for handlers, both for at most
    /// <see cref="RpcConnectionOptions.CloseTimeout"/>, then closes both streams.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _handlerDeadline.CancelAfter(_options.CloseTimeout);
            _dispatcher.EndNotifications();
            await _stop.CancelAsync();
            if (Interlocked.Exchange(ref _started, 1) == 0)
            {
                await EndUnstartedAsync();
            }
        }

        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await WaitForHandlersAsync(_dispatcher.Idle);
    }

    private async Task RunAsync()
    {
        var dispatching = Task.Run(_dispatcher.RunAsync);
        var writing = WriteAsync();
        Exception? failure = null;
        try
        {
            await ReadAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed, or the peer stopped reading and did not end its side in time.
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        // A peer that vanished is an end like any other; anything else is for whoever awaits the completion.
        var fault = failure is RpcFramingException or not (IOException or ObjectDisposedException) ? failure : null;
        if (fault is RpcFramingException framing)
        {
            // A peer that speaks something else is told why, if it listens; the writer's deadline bounds the wait.
            var notice = _composer.Error(RequestId.Null, RpcErrorCodes.ParseError, framing.Message);
            _ = TrySendAsync(notice, _writeDeadline.Token);
        }

        var closed = new ConnectionClosedException(failure is null ? "The connection has ended." : $"The connection broke: {failure.Message}", failure);
        _calls.Close(closed);
        _outgoing.Close(closed);
        _dispatcher.EndRequests(closed);
        if (failure is not null)
        {
            _options.OnProblem?.Invoke(closed.Message, failure);
        }

        await WaitForHandlersAsync(dispatching);
        _writeDeadline.CancelAfter(_options.CloseTimeout);
        await writing;
        await CloseStreamsAsync();
        if (fault is null)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(fault);
            _ = _completion.Task.Exception;
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var reader = new FrameReader(_input, () => MaxIncomingBytes, _options.MessageTimeout, _time);
        var rate = new MessageRate(_options.MessagesPerSecond, _time);
        while (await reader.ReadAsync(cancellationToken) is { } body)
        {
            await rate.TakeAsync(cancellationToken);
            await AcceptAsync(body, cancellationToken);
        }

        reader.Complete();
    }

    private async ValueTask AcceptAsync(PooledBytes body, CancellationToken cancellationToken)
    {
        var message = MessageParser.Parse(body.Span);
        switch (message.Kind)
        {
            case MessageKind.Response:
                if (!_calls.TryAnswer(message.Id, new Response(body, message.Result, message.Error)))
                {
                    _options.OnProblem?.Invoke($"An answer to the unknown id {message.Id?.Json ?? "null"} was ignored.", null);
                }

                break;
            case MessageKind.Invalid:
                body.Dispose();
                await RefuseAsync(message.Id ?? RequestId.Null, message.ProblemCode, message.Problem!, cancellationToken);
                break;
            case MessageKind.Notification when message.Method == RpcMethods.CancelRequest:
                Cancel(body.Span[message.Parameters]);
                body.Dispose();
                break;
            default:
                if (!await _dispatcher.TryAcceptAsync(message, body, cancellationToken))
                {
                    body.Dispose();
                    const string Problem = "A request with this id is still running; each needs its own.";
                    await RefuseAsync(message.Id ?? RequestId.Null, RpcErrorCodes.InvalidRequest, Problem, cancellationToken);
                }

                break;
        }
    }

    private void Cancel(ReadOnlySpan<byte> parameters)
    {
        if (CancellationParameters.TryReadId(parameters, out var id))
        {
            _dispatcher.Cancel(id);
        }
        else
        {
            _options.OnProblem?.Invoke($"A {RpcMethods.CancelRequest} without an id was ignored.", null);
        }
    }

    private async ValueTask RefuseAsync(RequestId id, int code, string problem, CancellationToken cancellationToken)
    {
        _options.OnProblem?.Invoke($"A message was refused: {problem}", null);
        await TrySendAsync(_composer.Error(id, code, problem), cancellationToken);
    }

    private async Task WriteAsync()
    {
        try
        {
            await new FrameWriter(_output, _outgoing, _options.WriteTimeout, _time).RunAsync(_writeDeadline.Token);
        }
        catch (OperationCanceledException) when (_writeDeadline.IsCancellationRequested)
        {
            _options.OnProblem?.Invoke("The peer did not read the last messages in time; they were dropped.", null);
        }
        catch (Exception exception)
        {
            var closed = new ConnectionClosedException($"The peer does not read any more: {exception.Message}", exception);
            _outgoing.Close(closed);
            _options.OnProblem?.Invoke(closed.Message, exception);

            // What it wrote before it went may still be on its way, so reading goes on for a moment.
            _stop.CancelAfter(_options.CloseTimeout);
        }
    }

    private ValueTask SendAsync(MessageBuffer message, CancellationToken cancellationToken) =>
        _outgoing.EnqueueAsync(message, message.Length, cancellationToken);

    /// <summary>For messages whose loss at the end of the connection concerns nobody.</summary>
    private async Task TrySendAsync(MessageBuffer message, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(message, cancellationToken);
        }
        catch (ConnectionClosedException)
        {
            // Why it ended is reported where it was noticed.
        }
    }

    private void Abandon(int id, CancellationToken cancellationToken)
    {
        if (_calls.TryAbandon(id, cancellationToken))
        {
            _ = TrySendAsync(_composer.Cancellation(id), CancellationToken.None);
        }
    }

    private async Task WaitForHandlersAsync(Task handlers)
    {
        try
        {
            await handlers.WaitAsync(_handlerDeadline.Token);
        }
        catch (OperationCanceledException)
        {
            _options.OnProblem?.Invoke("A handler does not obey its cancellation; the connection ended without it.", null);
        }
    }

    private async Task EndUnstartedAsync()
    {
        var closed = new ConnectionClosedException("The connection was disposed before it was started.");
        _calls.Close(closed);
        _outgoing.Close(closed);
        _dispatcher.EndRequests(closed);
        await _dispatcher.RunAsync();
        await CloseStreamsAsync();
        _completion.TrySetResult();
    }

    private async Task CloseStreamsAsync()
    {
        foreach (var stream in ReferenceEquals(_input, _output) ? [_output] : new[] { _output, _input })
        {
            try
            {
                await stream.DisposeAsync();
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                _options.OnProblem?.Invoke($"Closing the connection failed: {exception.Message}", exception);
            }
        }
    }
}
