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
        throw new NotSupportedException("Under construction.");
    }

    /// <summary>Begins to read and write. Messages sent before wait in the outgoing queue.</summary>
    public void Start() => throw new NotSupportedException("Under construction.");

    /// <summary>
    /// Ends when the connection has ended: successfully at the end of the stream, when the peer vanished or after
    /// <see cref="DisposeAsync"/>; with <see cref="RpcFramingException"/> when the peer did not send messages. By then
    /// pending calls have failed, running requests are cancelled and the notifications received are handled.
    /// </summary>
    public Task Completion => throw new NotSupportedException("Under construction.");

    /// <summary>
    /// Calls the peer. Cancelling sends <c>$/cancelRequest</c> and throws at once, without waiting for the peer to obey.
    /// </summary>
    /// <exception cref="RpcErrorException">The peer answered with an error.</exception>
    /// <exception cref="RpcMalformedResponseException">The peer's answer cannot be read.</exception>
    /// <exception cref="RpcMessageTooLargeException">The parameters are too large; nothing was sent.</exception>
    /// <exception cref="ConnectionClosedException">The connection ended before the answer came.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Task<TResult> InvokeAsync<TParams, TResult>(
        string method,
        TParams parameters,
        JsonTypeInfo<TParams> parametersType,
        JsonTypeInfo<TResult> resultType,
        CancellationToken cancellationToken) => throw new NotSupportedException("Under construction.");

    /// <summary>Tells the peer. Completes when the message is accepted by the outgoing queue, not when it is read.</summary>
    /// <exception cref="RpcMessageTooLargeException">The parameters are too large; nothing was sent.</exception>
    /// <exception cref="ConnectionClosedException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while the queue was full; nothing was sent.</exception>
    public ValueTask NotifyAsync<TParams>(
        string method,
        TParams parameters,
        JsonTypeInfo<TParams> parametersType,
        CancellationToken cancellationToken) => throw new NotSupportedException("Under construction.");

    /// <summary>
    /// Ends the connection: writes what is queued and waits for handlers, both for at most
    /// <see cref="RpcConnectionOptions.CloseTimeout"/>, then closes both streams.
    /// </summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException("Under construction.");
}
