using System.Text;
using Agent.Ide.Worker.Files;

namespace Agent.Ide.Worker.Searching;

/// <summary>What counts as text: UTF-16 with its mark, or anything without a NUL.</summary>
internal static class TextContent
{
    private const int BlockBytes = 64 * 1024;

    /// <summary>The encoding its byte order mark names; UTF-8 without one.</summary>
    /// <param name="start">At least the first three bytes.</param>
    /// <param name="markBytes">Length of the mark.</param>
    public static Encoding EncodingOf(ReadOnlySpan<byte> start, out int markBytes)
    {
        (var encoding, markBytes) = start switch
        {
            [0xef, 0xbb, 0xbf, ..] => (Encoding.UTF8, 3),
            [0xff, 0xfe, ..] => (Encoding.Unicode, 2),
            [0xfe, 0xff, ..] => (Encoding.BigEndianUnicode, 2),
            _ => (Encoding.UTF8, 0),
        };
        return encoding;
    }

    public static bool IsBinary(ReadOnlySpan<byte> content) =>
        EncodingOf(content, out _) is UTF8Encoding && content.Contains((byte)0);

    /// <summary>The same for a file, read in blocks up to <paramref name="maxBytes"/>.</summary>
    public static bool IsBinary(OpenedFile file, long maxBytes)
    {
        var buffer = new byte[(int)Math.Min(BlockBytes, Math.Max(1, Math.Min(maxBytes, file.Length)))];
        int read;
        for (long offset = 0; offset < maxBytes && (read = RandomAccess.Read(file.Handle, buffer, offset)) > 0; offset += read)
        {
            var block = buffer.AsSpan(0, read);
            if (offset == 0 && EncodingOf(block, out _) is not UTF8Encoding)
            {
                return false;
            }

            if (block.Contains((byte)0))
            {
                return true;
            }
        }

        return false;
    }

    public static string Decode(ReadOnlySpan<byte> content)
    {
        var encoding = EncodingOf(content, out var mark);
        return encoding.GetString(content[mark..]);
    }
}
