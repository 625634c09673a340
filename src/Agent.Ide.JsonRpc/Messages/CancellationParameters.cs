using System.Text;
using System.Text.Json;

namespace Agent.Ide.JsonRpc;

/// <summary>The parameters of <c>$/cancelRequest</c>.</summary>
internal static class CancellationParameters
{
    /// <param name="parameters">Valid JSON, or nothing.</param>
    /// <param name="id">As the peer wrote it.</param>
    public static bool TryReadId(ReadOnlySpan<byte> parameters, out RequestId id)
    {
        id = default;
        try
        {
            return !parameters.IsEmpty && TryFindId(parameters, ref id);
        }
        catch (InvalidOperationException)
        {
            // A name with an escaped lone surrogate, before the id.
            return false;
        }
    }

    private static bool TryFindId(ReadOnlySpan<byte> parameters, ref RequestId id)
    {
        var reader = new Utf8JsonReader(parameters);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("id"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var isScalar = reader.TokenType is JsonTokenType.String or JsonTokenType.Number;
            reader.Skip();
            var value = parameters[start..(int)reader.BytesConsumed];
            if (isId && isScalar && value.Length <= RequestId.MaxBytes)
            {
                id = new RequestId(Encoding.UTF8.GetString(value));
                return true;
            }
        }

        return false;
    }
}
