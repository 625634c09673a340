using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Ide.JsonRpc;

/// <summary>A registered request, its types hidden from the dispatcher.</summary>
internal interface IRequestRoute
{
    /// <summary>Reads the parameters at once, so that the caller may give the bytes back when this returns.</summary>
    /// <exception cref="JsonException">The parameters do not fit.</exception>
    Func<CancellationToken, Task<IRpcResult>> Bind(ReadOnlySpan<byte> parameters);
}

/// <summary>A registered notification, its type hidden from the dispatcher.</summary>
internal interface INotificationRoute
{
    /// <inheritdoc cref="IRequestRoute.Bind"/>
    Func<CancellationToken, Task> Bind(ReadOnlySpan<byte> parameters);
}

/// <summary>A handler's result, ready to be written.</summary>
internal interface IRpcResult
{
    void WriteTo(Utf8JsonWriter writer);
}

internal sealed class RequestRoute<TParams, TResult>(
    JsonTypeInfo<TParams> parametersType,
    JsonTypeInfo<TResult> resultType,
    Func<TParams, CancellationToken, Task<TResult>> handler) : IRequestRoute
{
    public Func<CancellationToken, Task<IRpcResult>> Bind(ReadOnlySpan<byte> parameters)
    {
        var value = ParametersReader.Read(parameters, parametersType);
        return async cancellationToken => new RpcResult<TResult>(await handler(value, cancellationToken), resultType);
    }
}

internal sealed class NotificationRoute<TParams>(
    JsonTypeInfo<TParams> parametersType,
    Func<TParams, CancellationToken, Task> handler) : INotificationRoute
{
    public Func<CancellationToken, Task> Bind(ReadOnlySpan<byte> parameters)
    {
        var value = ParametersReader.Read(parameters, parametersType);
        return cancellationToken => handler(value, cancellationToken);
    }
}

internal sealed class RpcResult<TResult>(TResult value, JsonTypeInfo<TResult> type) : IRpcResult
{
    public void WriteTo(Utf8JsonWriter writer) => JsonSerializer.Serialize(writer, value, type);
}
