using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Ide.JsonRpc;

/// <summary>An answer to one of our calls, read by the caller itself so that large results do not hold up the reading.</summary>
internal sealed class Response(PooledBytes body, Range result, Range error) : IDisposable
{
    /// <exception cref="RpcErrorException">It is an error answer.</exception>
    /// <exception cref="RpcMalformedResponseException">It is neither a fitting result nor an error.</exception>
    public TResult Read<TResult>(string method, JsonTypeInfo<TResult> type)
    {
        if (!error.Equals(default))
        {
            throw ReadError(method);
        }

        if (result.Equals(default))
        {
            throw new RpcMalformedResponseException($"The answer to {method} has neither a result nor an error.");
        }

        try
        {
            return JsonSerializer.Deserialize(body.Span[result], type)!;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new RpcMalformedResponseException($"The result of {method} cannot be read: {exception.Message}", exception);
        }
    }

    public void Dispose() => body.Dispose();

    private Exception ReadError(string method)
    {
        try
        {
            var reader = new Utf8JsonReader(body.Span[error]);
            var value = JsonElement.ParseValue(ref reader);
            if (value.ValueKind == JsonValueKind.Object
                && value.TryGetProperty("code"u8, out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number)
                && value.TryGetProperty("message"u8, out var message) && message.ValueKind == JsonValueKind.String)
            {
                JsonElement? data = value.TryGetProperty("data"u8, out var element) ? element : null;
                return new RpcErrorException(number, message.GetString()!, data);
            }

            return new RpcMalformedResponseException($"The answer to {method} is an error without a code and a message.");
        }
        catch (InvalidOperationException exception)
        {
            return new RpcMalformedResponseException($"The error that answers {method} has unreadable text.", exception);
        }
    }
}
