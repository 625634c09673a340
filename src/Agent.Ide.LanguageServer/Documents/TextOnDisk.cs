using System.Text;

namespace Agent.Ide.LanguageServer.Documents;

/// <summary>
/// Whether a buffer's text is what a file's bytes say. An editor decodes by a setting of its own that LSP does not tell, so every encoding
/// is asked that this system knows: a text that somebody has changed is the file's in none of them.
/// </summary>
internal static class TextOnDisk
{
    /// <summary>Made when the first file is not UTF-8, which is seldom.</summary>
    private static readonly Lazy<Encoding[]> Others = new(static () =>
    [
        Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, new UTF32Encoding(bigEndian: true, byteOrderMark: true), Encoding.Latin1,
        .. CodePagesEncodingProvider.Instance.GetEncodings().Select(static encoding => encoding.GetEncoding()),

        // The provider has these as well, without listing them.
        .. new[] { "gb18030", "euc-jp", "euc-kr", "iso-2022-jp" }.Select(CodePagesEncodingProvider.Instance.GetEncoding).OfType<Encoding>(),
    ]);

    /// <summary>More bytes than that are no encoding of so much text, however its lines end.</summary>
    public static long MaxBytesOf(string text) => (8L * text.Length) + 64;

    /// <param name="bytes">The whole file.</param>
    /// <param name="text">The whole buffer, with a byte order mark or without.</param>
    /// <param name="anyLineEndings">
    /// A difference in how lines end, and whether the last one does, is none: editors show one kind of ending without a change by anybody.
    /// </param>
    public static bool Says(ReadOnlySpan<byte> bytes, string text, bool anyLineEndings)
    {
        text = text.TrimStart('\uFEFF');
        if (anyLineEndings)
        {
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        }

        if (Decodes(Encoding.UTF8, bytes, text, anyLineEndings))
        {
            return true;
        }

        // Where both are ASCII, all encodings that matter are the same.
        if (Ascii.IsValid(text) && !bytes.ContainsAnyExceptInRange((byte)1, (byte)127))
        {
            return false;
        }

        foreach (var encoding in Others.Value)
        {
            if (Decodes(encoding, bytes, text, anyLineEndings))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Piece by piece, because a wrong encoding is wrong within the first few characters.</summary>
    private static bool Decodes(Encoding encoding, ReadOnlySpan<byte> bytes, string text, bool anyLineEndings)
    {
        var decoder = encoding.GetDecoder();
        Span<char> piece = stackalloc char[1024];
        var (same, previous, endsMore) = (0, '\0', false);
        bool completed;
        do
        {
            decoder.Convert(bytes, piece, flush: true, out var used, out var made, out completed);
            bytes = bytes[used..];
            foreach (var character in piece[..made])
            {
                var isSecondOfTwo = character == '\n' && previous == '\r';
                var isMark = character == '\uFEFF' && previous == '\0';
                previous = character;
                if (isMark || (anyLineEndings && isSecondOfTwo))
                {
                    continue;
                }

                var said = anyLineEndings && character == '\r' ? '\n' : character;
                if (same < text.Length)
                {
                    if (text[same++] != said)
                    {
                        return false;
                    }
                }
                else if (endsMore || !anyLineEndings || said != '\n')
                {
                    return false;
                }
                else
                {
                    endsMore = true;
                }
            }
        }
        while (!completed);

        return same == text.Length || (anyLineEndings && same == text.Length - 1 && text[same] == '\n');
    }
}
