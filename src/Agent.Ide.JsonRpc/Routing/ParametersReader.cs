using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Agent.Ide.JsonRpc;

/// <summary>Reads <c>params</c> by the rules documented at <see cref="RpcRouter"/>.</summary>
internal static class ParametersReader
{
    /// <param name="parameters">The raw JSON value; empty when the member is missing.</param>
    /// <param name="type">What the handler takes.</param>
    /// <exception cref="JsonException">It does not fit.</exception>
    public static T Read<T>(ReadOnlySpan<byte> parameters, JsonTypeInfo<T> type)
    {
        if (typeof(T) == typeof(RpcEmpty))
        {
            return (T)(object)RpcEmpty.Value;
        }

        if (parameters.IsEmpty || parameters.SequenceEqual("null"u8))
        {
            return Deserialize(Empty(type.Kind), type);
        }

        return parameters[0] switch
        {
            (byte)'{' => Deserialize(parameters, type),
            (byte)'[' when TakesList(type) => Deserialize(parameters, type),
            (byte)'[' => Deserialize(OnlyElement(parameters), type),
            _ => throw new JsonException("The parameters must be an object or an array."),
        };
    }

    private static ReadOnlySpan<byte> Empty(JsonTypeInfoKind kind) => kind switch
    {
        JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "{}"u8,
        JsonTypeInfoKind.Enumerable => "[]"u8,
        _ => "null"u8,
    };

    private static bool TakesList<T>(JsonTypeInfo<T> type) =>
        type.Kind == JsonTypeInfoKind.Enumerable || typeof(T) == typeof(JsonElement) || typeof(JsonNode).IsAssignableFrom(typeof(T));

    private static ReadOnlySpan<byte> OnlyElement(ReadOnlySpan<byte> array)
    {
        var reader = new Utf8JsonReader(array);
        reader.Read();
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndArray)
        {
            throw new JsonException("The parameters are an empty array; one element was expected.");
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var end = (int)reader.BytesConsumed;
        if (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            throw new JsonException("The parameters are an array of several elements; one was expected.");
        }

        return array[start..end];
    }

    private static T Deserialize<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)!;
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or ArgumentException)
        {
            // Strings that are no UTF-16 (a lone surrogate) and constructors that refuse a value end here.
            throw new JsonException(exception.Message, exception);
        }
    }
}
