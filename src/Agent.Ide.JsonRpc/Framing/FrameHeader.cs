using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// The header section of LSP 3.17's base protocol. Wrong bytes are refused as soon as they are seen, not when the section
/// ends: who sends no header at all must not leave both sides waiting.
/// </summary>
internal static class FrameHeader
{
    /// <summary>Bound of a whole header section; real ones have about 25 bytes.</summary>
    public const int MaxBytes = 8 * 1024;

    private static readonly SearchValues<byte> _nameBytes = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"u8);

    /// <summary>False: the section is not complete yet.</summary>
    /// <param name="bytes">What has come since the last message, at most <see cref="MaxBytes"/> of it.</param>
    /// <param name="maxBodyBytes">Longest body allowed.</param>
    /// <param name="headerBytes">Length of the section, its empty line included.</param>
    /// <param name="bodyBytes">The announced length.</param>
    /// <exception cref="RpcFramingException">This is no header section, or the body would be too long.</exception>
    public static bool TryParse(ReadOnlySpan<byte> bytes, int maxBodyBytes, out int headerBytes, out int bodyBytes)
    {
        headerBytes = 0;
        bodyBytes = -1;
        while (true)
        {
            var rest = bytes[headerBytes..];
            var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0 || (rest[end] == '\r' && end + 1 == rest.Length))
            {
                CheckName(end < 0 ? rest : rest[..end]);
                return bytes.Length < MaxBytes
                    ? false
                    : throw new RpcFramingException($"A message header is longer than {MaxBytes} bytes.");
            }

            CheckName(rest[..end]);
            if (rest[end] == '\n' || rest[end + 1] != '\n')
            {
                throw new RpcFramingException("A header line does not end with CR LF.");
            }

            headerBytes += end + 2;
            if (end == 0)
            {
                return bodyBytes >= 0 ? true : throw new RpcFramingException("A message header has no Content-Length.");
            }

            ReadField(rest[..end], maxBodyBytes, ref bodyBytes);
        }
    }

    private static void ReadField(ReadOnlySpan<byte> line, int maxBodyBytes, ref int bodyBytes)
    {
        var colon = CheckName(line);
        if (colon < 0)
        {
            throw new RpcFramingException("A header line has no colon.");
        }

        var value = line[(colon + 1)..].Trim(" \t"u8);
        if (Ascii.EqualsIgnoreCase(line[..colon], "Content-Length"u8))
        {
            if (bodyBytes >= 0)
            {
                throw new RpcFramingException("Content-Length is repeated.");
            }

            bodyBytes = ReadLength(value, maxBodyBytes);
        }
        else if (Ascii.EqualsIgnoreCase(line[..colon], "Content-Type"u8))
        {
            CheckCharset(value);
        }
    }

    /// <summary>The colon's index, or -1 where the line has not come that far.</summary>
    private static int CheckName(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOfAnyExcept(_nameBytes);
        return end < 0 || (end > 0 && line[end] == ':')
            ? end
            : throw new RpcFramingException("What came is not a message header; each message starts with \"Content-Length: \".");
    }

    private static int ReadLength(ReadOnlySpan<byte> value, int maxBodyBytes)
    {
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw new RpcFramingException("Content-Length is not a number of bytes.");
        }

        return Utf8Parser.TryParse(value, out long length, out var used) && used == value.Length && length <= maxBodyBytes
            ? (int)length
            : throw new RpcFramingException($"Content-Length is more than the {maxBodyBytes} bytes a message may have.");
    }

    private static void CheckCharset(ReadOnlySpan<byte> value)
    {
        var text = Encoding.ASCII.GetString(value);
        const string Parameter = "charset=";
        var start = text.IndexOf(Parameter, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return;
        }

        // "utf8" is what clients of the first protocol versions send; LSP asks to accept it.
        var charset = text[(start + Parameter.Length)..].Split(';', 2)[0].Trim().Trim('"');
        if (!charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("utf8", StringComparison.OrdinalIgnoreCase))
        {
            throw new RpcFramingException($"Content-Type names the charset \"{charset}\"; only utf-8 is spoken.");
        }
    }
}
