using System.Text;

namespace Agent.Ide.Core.Budget;

/// <summary>Measures and cuts texts by their length in UTF-8, never through the middle of a character.</summary>
internal static class Utf8Text
{
    /// <summary>The longest prefix, in UTF-16 units, that takes at most so many bytes.</summary>
    public static int PrefixLength(ReadOnlySpan<char> text, int bytes)
    {
        if (text.Length <= bytes / 3)
        {
            return text.Length;
        }

        var used = 0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            used += rune.Utf8SequenceLength;
            if (used > bytes)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return Math.Min(length, text.Length);
    }

    /// <summary>The longest suffix, in UTF-16 units, that takes at most so many bytes.</summary>
    public static int SuffixLength(ReadOnlySpan<char> text, int bytes)
    {
        var used = 0;
        var length = 0;
        while (length < text.Length)
        {
            Rune.DecodeLastFromUtf16(text[..^length], out var rune, out var consumed);
            used += rune.Utf8SequenceLength;
            if (used > bytes)
            {
                break;
            }

            length += consumed;
        }

        return length;
    }
}
