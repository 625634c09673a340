using System.Collections.Concurrent;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Agent.Ide.Client.Board;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Client;

/// <summary>
/// A front end's side of the coordinator: typed calls, and a board that follows the notifications. When the coordinator ends
/// without being asked to, the client connects again (which starts a new one), attaches from the last event it saw, and goes on.
/// </summary>
public sealed partial class AgentClient : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<Stream>> _open;
    private readonly AgentClientOptions _options;
    private readonly Channel<BoardChange> _changes = Channel.CreateUnbounded<BoardChange>();
    private readonly ConcurrentDictionary<string, byte> _followed = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource<RpcConnection>? _current;
    private Task? _supervision;
    private volatile bool _disposed;

    /// <param name="open">
    /// Opens a channel to the coordinator, starting one where none runs. Called again after each lost connection.
    /// </param>
    /// <param name="options">Who attaches, and how patient it is.</param>
    public AgentClient(Func<CancellationToken, Task<Stream>> open, AgentClientOptions options)
    {
        _open = open;
        _options = options;
    }

    public TaskBoard Board { get; } = new();

    /// <summary>
    /// Everything that happens to <see cref="Board"/> since <see cref="AttachAsync"/>, its first snapshots included. For one
    /// reader. Completes with <see cref="AgentRequestException"/> when the coordinator is lost for good.
    /// </summary>
    public ChannelReader<BoardChange> Changes => _changes.Reader;

    /// <summary>Connects and attaches. The first call of a client.</summary>
    /// <exception cref="AgentRequestException">The coordinator refuses, or ends before it answers.</exception>
    public async Task<AttachResult> AttachAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var (connection, attached) = await ConnectAsync(fromSeq: null, cancellationToken);
        lock (_gate)
        {
            _current = NewConnection();
            _current.SetResult(connection);
            _supervision = SuperviseAsync(connection, _closing.Token);
        }

        return attached;
    }

    /// <summary>
    /// Loads a task's steps into the board and keeps them whole: what happens while the connection is lost is told after it
    /// is back.
    /// </summary>
    public async Task<TaskDetails> FollowAsync(string id, CancellationToken cancellationToken)
    {
        _followed[id] = 0;
        var details = await GetAsync(id, cancellationToken);
        Publish(Board.Apply(details));
        return details;
    }

    /// <summary>Waits until the present connection has ended: after <see cref="StopCoordinatorAsync"/>, for the coordinator to be gone.</summary>
    public async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = await CurrentAsync(cancellationToken);
            await connection.Completion.WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is RpcFramingException or AgentRequestException)
        {
            // However it ended, it did.
        }
    }

    public async ValueTask DisposeAsync()
    {
        RpcConnection? connection = null;
        Task? supervision;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            supervision = _supervision;
            if (_current is { Task.IsCompletedSuccessfully: true } current)
            {
                connection = current.Task.Result;
            }
        }

        await _closing.CancelAsync();
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }

        if (supervision is not null)
        {
            await supervision;
        }

        // After the supervision ended, for whoever still waits for a connection.
        _current?.TrySetException(new ObjectDisposedException(nameof(AgentClient)));
        _ = _current?.Task.Exception;
        _changes.Writer.TryComplete();
        _closing.Dispose();
    }

    private async Task<(RpcConnection Connection, AttachResult Attached)> ConnectAsync(long? fromSeq, CancellationToken cancellationToken)
    {
        var stream = await _open(cancellationToken);
        var connection = new RpcConnection(stream, stream, CreateRouter());
        try
        {
            connection.Start();
            var attached = await InvokeAsync(
                connection,
                AgentMethods.Attach,
                new AttachParams(AgentMethods.ProtocolVersion, _options.Checkout, fromSeq, _options.Environment),
                AgentJson.Default.AttachParams,
                AgentJson.Default.AttachResult,
                cancellationToken);
            Publish(Board.Apply(attached));
            return (connection, attached);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private RpcRouter CreateRouter() => new RpcRouter()
        .OnNotification(AgentMethods.TaskChanged, AgentJson.Default.TaskChangedParams, (changed, _) => PublishAsync(Board.Apply(changed)))
        .OnNotification(AgentMethods.StepAppended, AgentJson.Default.StepAppendedParams, (step, _) => PublishAsync(Board.Apply(step)))
        .OnNotification(AgentMethods.ConflictsChanged, AgentJson.Default.EmptyParams, (_, _) => PublishAsync([new ConflictsChange()]))
        // The task's next snapshot carries the approval too; told twice it would be asked twice.
        .OnNotification(AgentMethods.ApprovalRequested, AgentJson.Default.ApprovalRequestedParams, (_, _) => Task.CompletedTask);

    private Task PublishAsync(IReadOnlyList<BoardChange> changes)
    {
        Publish(changes);
        return Task.CompletedTask;
    }

    private void Publish(IReadOnlyList<BoardChange> changes)
    {
        foreach (var change in changes)
        {
            _changes.Writer.TryWrite(change);
        }
    }

    /// <summary>Waits for the end of each connection and replaces it, until the client is disposed or gives up.</summary>
    private async Task SuperviseAsync(RpcConnection connection, CancellationToken closing)
    {
        var attempt = 0;
        while (true)
        {
            var since = _options.Clock.GetTimestamp();
            Exception? cause = null;
            try
            {
                await connection.Completion.WaitAsync(closing);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                cause = exception;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            if (_options.Clock.GetElapsedTime(since) >= _options.Steady)
            {
                attempt = 0;
            }

            var replacement = Replace(connection);
            await connection.DisposeAsync();
            (var next, attempt, cause) = await ReconnectAsync(attempt, cause, closing);
            if (next is null)
            {
                GiveUp(replacement, cause);
                return;
            }

            connection = next;
            replacement.TrySetResult(connection);
            await CatchUpAsync(connection, closing);
        }
    }

    private static TaskCompletionSource<RpcConnection> NewConnection() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes callers wait for the connection that comes after a lost one. The first who sees the loss does it.</summary>
    private TaskCompletionSource<RpcConnection> Replace(RpcConnection lost)
    {
        lock (_gate)
        {
            if (_current is not { } current || (current.Task.IsCompletedSuccessfully && ReferenceEquals(current.Task.Result, lost)))
            {
                _current = NewConnection();
            }

            return _current;
        }
    }

    private void GiveUp(TaskCompletionSource<RpcConnection> waited, Exception? cause)
    {
        var failure = cause as AgentRequestException
            ?? AgentRequestException.ConnectionLost("the front end", cause ?? new ConnectionClosedException("The coordinator ended."));
        _changes.Writer.TryComplete(failure);
        waited.TrySetException(failure);

        // Nobody has to be waiting for it.
        _ = waited.Task.Exception;
    }

    /// <returns>The new connection, or null with the reason when all attempts failed or the client was closed.</returns>
    private async Task<(RpcConnection? Connection, int Attempt, Exception? Cause)> ReconnectAsync(
        int attempt, Exception? cause, CancellationToken closing)
    {
        for (; attempt < _options.ReconnectDelays.Count; attempt++)
        {
            Publish([new ConnectionLostChange(attempt + 1)]);
            try
            {
                await Task.Delay(_options.ReconnectDelays[attempt], _options.Clock, closing);
                var (connection, _) = await ConnectAsync(Board.Seq, closing);
                Publish([new ConnectionRestoredChange()]);
                return (connection, attempt + 1, null);
            }
            catch (OperationCanceledException exception) when (closing.IsCancellationRequested)
            {
                return (null, attempt, exception);
            }
            catch (Exception exception)
            {
                cause = exception;
            }
        }

        return (null, attempt, cause);
    }

    /// <summary>Loads the steps of followed tasks again: a coordinator that was started anew no longer has the events in between.</summary>
    private async Task CatchUpAsync(RpcConnection connection, CancellationToken closing)
    {
        foreach (var id in _followed.Keys)
        {
            try
            {
                // Not through the retrying call: whoever supervises the connection must not wait for its replacement.
                var details = await InvokeAsync(
                    connection, AgentMethods.Get, new TaskIdParams(id), AgentJson.Default.TaskIdParams, AgentJson.Default.TaskDetails, closing);
                Publish(Board.Apply(details));
            }
            catch (Exception exception) when (exception is AgentRequestException or OperationCanceledException)
            {
                // Lost again or closed: the next round loads them, or nobody needs them any more.
                return;
            }
        }
    }

    private async Task<RpcConnection> CurrentAsync(CancellationToken cancellationToken)
    {
        Task<RpcConnection> current;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            current = _current?.Task ?? throw new InvalidOperationException("Attach first.");
        }

        return await current.WaitAsync(cancellationToken);
    }

    /// <param name="method">One of <see cref="AgentMethods"/>.</param>
    /// <param name="parameters">What is asked.</param>
    /// <param name="parametersType">JSON of it.</param>
    /// <param name="resultType">JSON of the answer.</param>
    /// <param name="repeatable">Whether asking twice does no harm: such a request survives a lost connection.</param>
    /// <param name="cancellationToken">Withdraws the request.</param>
    private async Task<TResult> CallAsync<TParams, TResult>(
        string method,
        TParams parameters,
        JsonTypeInfo<TParams> parametersType,
        JsonTypeInfo<TResult> resultType,
        bool repeatable,
        CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var connection = await CurrentAsync(cancellationToken);
            try
            {
                return await InvokeAsync(connection, method, parameters, parametersType, resultType, cancellationToken);
            }
            catch (AgentRequestException exception)
                when (repeatable && exception.InnerException is ConnectionClosedException && attempt < _options.ReconnectDelays.Count)
            {
                Replace(connection);
            }
        }
    }

    private static async Task<TResult> InvokeAsync<TParams, TResult>(
        RpcConnection connection,
        string method,
        TParams parameters,
        JsonTypeInfo<TParams> parametersType,
        JsonTypeInfo<TResult> resultType,
        CancellationToken cancellationToken)
    {
        try
        {
            return await connection.InvokeAsync(method, parameters, parametersType, resultType, cancellationToken);
        }
        catch (RpcErrorException exception)
        {
            throw AgentRequestException.From(method, exception);
        }
        catch (RpcMalformedResponseException exception)
        {
            throw AgentRequestException.Malformed(method, exception);
        }
        catch (ConnectionClosedException exception)
        {
            throw AgentRequestException.ConnectionLost(method, exception);
        }
    }
}
