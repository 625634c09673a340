using System.Text;

namespace Agent.Ide.Core.Loop;

/// <summary>Text of any origin as one printable line: for commit subjects, summaries and messages to people.</summary>
public static class OneLine
{
    /// <param name="maxLength">In UTF-16 units, the ellipsis included.</param>
    public static string Of(string text, int maxLength)
    {
        var line = new StringBuilder(Math.Min(text.Length, maxLength + 1));
        var pendingSpace = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                pendingSpace = line.Length > 0;
                continue;
            }

            if (line.Length + rune.Utf16SequenceLength + (pendingSpace ? 1 : 0) > maxLength)
            {
                // Room for the ellipsis, without leaving half of a pair.
                line.Length = Math.Min(line.Length, maxLength - 1);
                if (line.Length > 0 && char.IsHighSurrogate(line[^1]))
                {
                    line.Length--;
                }

                return line.Append('…').ToString();
            }

            if (pendingSpace)
            {
                line.Append(' ');
                pendingSpace = false;
            }

            line.Append(rune.ToString());
        }

        return line.ToString();
    }
}
