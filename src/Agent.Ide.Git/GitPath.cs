using System.Buffers;
using System.Text;

namespace Agent.Ide.Git;

/// <summary>
/// Paths as git knows them are bytes; .NET wants text. Valid UTF-8 decodes as usual; a byte that is not part of valid
/// UTF-8 becomes the lone surrogate U+DC00 + byte (as Python's <c>surrogateescape</c> does), which no real name
/// contains, so that <see cref="Encode"/> gives back exactly the bytes <see cref="Decode"/> took.
/// </summary>
public static class GitPath
{
    private const char EscapeBase = '\uDC00';

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Ascii.IsValid(bytes))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[consumed..];
            }
            else
            {
                text.Append((char)(EscapeBase + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }

    public static byte[] Encode(string path)
    {
        var bytes = new ArrayBufferWriter<byte>(path.Length);
        Append(bytes, path);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>For people: what is no text becomes U+FFFD.</summary>
    public static string Show(string path) => Encoding.UTF8.GetString(Encode(path));

    /// <summary>Whether .NET can open a path or hand it to a program as it stands.</summary>
    public static bool IsText(string path) => Show(path) == path;

    /// <summary>The paths, each followed by a NUL byte: what git reads with <c>--stdin -z</c>.</summary>
    public static byte[] EncodeNulTerminated(IEnumerable<string> paths)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var path in paths)
        {
            Append(bytes, path);
            bytes.Write([(byte)0]);
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static void Append(ArrayBufferWriter<byte> bytes, string path)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var rest = path.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var consumed) == OperationStatus.Done)
            {
                bytes.Write(utf8[..rune.EncodeToUtf8(utf8)]);
            }
            else if (rest[0] is >= (char)(EscapeBase + 0x80) and <= (char)(EscapeBase + 0xFF))
            {
                bytes.Write([(byte)(rest[0] - EscapeBase)]);
            }
            else
            {
                throw new ArgumentException("A path contains half of a UTF-16 surrogate pair.", nameof(path));
            }

            rest = rest[consumed..];
        }
    }
}
