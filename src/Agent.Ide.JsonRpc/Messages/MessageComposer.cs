using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// Writes messages, ready to be sent. Each method throws <see cref="RpcMessageTooLargeException"/> when the body passes the bound.
/// </summary>
internal sealed class MessageComposer(int maxBodyBytes)
{
    // Nothing here ends up in HTML, and escaped text is up to six times as long.
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public MessageBuffer Request<TParams>(int id, string method, TParams parameters, JsonTypeInfo<TParams> type) => Compose(writer =>
    {
        writer.WriteNumber("id"u8, id);
        WriteCall(writer, method, parameters, type);
    });

    public MessageBuffer Notification<TParams>(string method, TParams parameters, JsonTypeInfo<TParams> type) =>
        Compose(writer => WriteCall(writer, method, parameters, type));

    public MessageBuffer Cancellation(int id) => Compose(writer =>
    {
        writer.WriteString("method"u8, RpcMethods.CancelRequest);
        writer.WriteStartObject("params"u8);
        writer.WriteNumber("id"u8, id);
        writer.WriteEndObject();
    });

    public MessageBuffer Result(RequestId id, IRpcResult result) => Compose(writer =>
    {
        WriteId(writer, id);
        writer.WritePropertyName("result"u8);
        result.WriteTo(writer);
    });

    public MessageBuffer Error(RequestId id, int code, string message, JsonElement? data = null) => Compose(writer =>
    {
        WriteId(writer, id);
        writer.WriteStartObject("error"u8);
        writer.WriteNumber("code"u8, code);
        writer.WriteString("message"u8, message);
        if (data is { } element)
        {
            writer.WritePropertyName("data"u8);
            element.WriteTo(writer);
        }

        writer.WriteEndObject();
    });

    private static void WriteId(Utf8JsonWriter writer, RequestId id)
    {
        writer.WritePropertyName("id"u8);
        writer.WriteRawValue(id.Json, skipInputValidation: true);
    }

    private static void WriteCall<TParams>(Utf8JsonWriter writer, string method, TParams parameters, JsonTypeInfo<TParams> type)
    {
        writer.WriteString("method"u8, method);

        // JSON-RPC allows an object or an array, or no member at all.
        if (parameters is not null and not RpcEmpty)
        {
            writer.WritePropertyName("params"u8);
            JsonSerializer.Serialize(writer, parameters, type);
        }
    }

    private MessageBuffer Compose(Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new MessageBuffer(maxBodyBytes);
        try
        {
            var writer = new Utf8JsonWriter(buffer, _options);
            writer.WriteStartObject();
            writer.WriteString("jsonrpc"u8, "2.0"u8);
            writeMembers(writer);
            writer.WriteEndObject();
            writer.Flush();
            buffer.Seal();
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }
}
