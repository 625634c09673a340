using System.Text.Json.Serialization.Metadata;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// The visible list of what a peer may ask for. Fixed once a connection started with it; may then be shared by many.
/// </summary>
/// <remarks>
/// Missing or null <c>params</c> are read as an empty object (an empty list for list types). An array of one element counts
/// as that element where the handler does not take a list. What cannot be read is answered with
/// <see cref="RpcErrorCodes.InvalidParams"/>; a notification's is reported to <see cref="RpcConnectionOptions.OnProblem"/>.
/// </remarks>
public sealed class RpcRouter
{
    private readonly Dictionary<string, IRequestRoute> _requests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, INotificationRoute> _notifications = new(StringComparer.Ordinal);
    private volatile bool _frozen;

    /// <summary>
    /// Registers a request's handler. Handlers of requests run concurrently, each after the notifications received before it
    /// were handled. The token is cancelled by <c>$/cancelRequest</c> and by the end of the connection. An exception other
    /// than <see cref="RpcErrorException"/> is answered as <see cref="RpcErrorCodes.InternalError"/> and reported.
    /// </summary>
    /// <exception cref="ArgumentException">The method is registered already or reserved.</exception>
    /// <exception cref="InvalidOperationException">A connection started with this router.</exception>
    public RpcRouter OnRequest<TParams, TResult>(
        string method,
        JsonTypeInfo<TParams> parametersType,
        JsonTypeInfo<TResult> resultType,
        Func<TParams, CancellationToken, Task<TResult>> handler)
    {
        CheckRegistration(method, _requests.ContainsKey(method));
        _requests.Add(method, new RequestRoute<TParams, TResult>(parametersType, resultType, handler));
        return this;
    }

    /// <summary>
    /// Registers a notification's handler. Notifications are handled one after another in the order received: a slow handler
    /// holds up all that follow, so long work is handed to a task of its owner's.
    /// </summary>
    /// <exception cref="ArgumentException">The method is registered already or reserved.</exception>
    /// <exception cref="InvalidOperationException">A connection started with this router.</exception>
    public RpcRouter OnNotification<TParams>(
        string method,
        JsonTypeInfo<TParams> parametersType,
        Func<TParams, CancellationToken, Task> handler)
    {
        CheckRegistration(method, _notifications.ContainsKey(method));
        _notifications.Add(method, new NotificationRoute<TParams>(parametersType, handler));
        return this;
    }

    internal void Freeze() => _frozen = true;

    internal IRequestRoute? FindRequest(string method) => _requests.GetValueOrDefault(method);

    internal INotificationRoute? FindNotification(string method) => _notifications.GetValueOrDefault(method);

    private void CheckRegistration(string method, bool taken)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        if (_frozen)
        {
            throw new InvalidOperationException($"{method}: registered too late, a connection already uses this router.");
        }

        if (taken || method == RpcMethods.CancelRequest)
        {
            throw new ArgumentException($"{method}: {(taken ? "registered twice" : "handled by the connection itself")}.", nameof(method));
        }
    }
}
