using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Agent.Ide.Worker.Searching;

/// <summary>
/// Reads the <c>match</c> messages of <c>rg --json</c> (documented at grep_printer's <c>JSON</c>): a path, a line and its
/// number, offsets of the matches in bytes; text is <c>{"text"}</c>, or <c>{"bytes"}</c> in base64 when it is no UTF-8.
/// </summary>
internal static class RipgrepMessage
{
    /// <returns>Null for every other kind of message, and for a path that is no UTF-8.</returns>
    public static LineMatch? Parse(ReadOnlySequence<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        string? path = null;
        byte[]? line = null;
        var number = 0;
        var start = -1;
        var isMatch = false;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.CurrentDepth == 1 && reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                isMatch = reader.ValueTextEquals("match"u8);
                if (!isMatch)
                {
                    return null;
                }
            }
            else if (reader.CurrentDepth == 2 && reader.ValueTextEquals("path"u8))
            {
                path = ReadText(ref reader, out _);
            }
            else if (reader.CurrentDepth == 2 && reader.ValueTextEquals("lines"u8))
            {
                ReadText(ref reader, out line);
            }
            else if (reader.CurrentDepth == 2 && reader.ValueTextEquals("line_number"u8))
            {
                reader.Read();
                number = reader.TryGetInt32(out var value) ? value : 0;
            }
            else if (start < 0 && reader.ValueTextEquals("start"u8))
            {
                reader.Read();
                start = reader.TryGetInt32(out var value) ? value : 0;
            }
        }

        if (!isMatch || path is null || line is null)
        {
            return null;
        }

        var end = line.Length;
        end -= end > 0 && line[end - 1] == '\n' ? 1 : 0;
        end -= end > 0 && line[end - 1] == '\r' ? 1 : 0;
        start = Math.Clamp(start, 0, end);
        var relative = path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
        return LineMatch.Of(relative, number, Encoding.UTF8.GetString(line, 0, end), Encoding.UTF8.GetCharCount(line, 0, start));
    }

    private static string? ReadText(ref Utf8JsonReader reader, out byte[]? bytes)
    {
        bytes = null;
        reader.Read();
        reader.Read();
        var isText = reader.ValueTextEquals("text"u8);
        reader.Read();
        string? text = null;
        if (isText)
        {
            text = reader.GetString()!;
            bytes = Encoding.UTF8.GetBytes(text);
        }
        else
        {
            bytes = reader.GetBytesFromBase64();
        }

        reader.Read();
        return text;
    }
}
