using System.Globalization;
using System.Text;

namespace Agent.Ide.Cli.Output;

/// <summary>
/// Makes text that a model, a repository or another user wrote safe to show: nothing in it reaches a terminal as a command.
/// Escape sequences (ECMA-48: CSI, OSC, DCS and the like, 7 and 8 bit) go as a whole, other control characters and the
/// characters that reorder text (Unicode UAX #9, the "Trojan Source" ones) one by one.
/// </summary>
internal static class TerminalText
{
    private const char Escape = '\u001b';
    private const char StringTerminator = '\u009c';

    /// <summary>For one line: line breaks and tabs become spaces.</summary>
    public static string Line(string? text) => Clean(text, keepLines: false);

    /// <summary>For a paragraph or a diff: line feeds and tabs stay.</summary>
    public static string Block(string? text) => Clean(text, keepLines: true);

    /// <summary>The same, cut to a number of characters with an ellipsis.</summary>
    public static string Line(string? text, int max)
    {
        var line = Line(text);
        if (line.Length <= max)
        {
            return line;
        }

        var cut = Math.Max(1, max - 1);
        return string.Concat(line.AsSpan(0, char.IsHighSurrogate(line[cut - 1]) ? cut - 1 : cut), "…");
    }

    private static string Clean(string? text, bool keepLines)
    {
        if (string.IsNullOrEmpty(text))
        {
            return string.Empty;
        }

        if (!NeedsCleaning(text, keepLines))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        for (var index = 0; index < text.Length; index++)
        {
            var character = text[index];
            if (character == Escape || character is >= '\u0080' and <= '\u009f')
            {
                index = SkipSequence(text, index);
            }
            else if (character is '\n' or '\t')
            {
                clean.Append(keepLines ? character : ' ');
            }
            else if (character == '\r')
            {
                // Part of a line break; alone it would write over the line before it.
                if (!keepLines && (index + 1 >= text.Length || text[index + 1] != '\n'))
                {
                    clean.Append(' ');
                }
            }
            else if (char.IsSurrogate(character))
            {
                if (char.IsHighSurrogate(character) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
                {
                    clean.Append(character).Append(text[++index]);
                }
                else
                {
                    clean.Append('\ufffd');
                }
            }
            else if (!IsRemoved(character))
            {
                clean.Append(character);
            }
        }

        return clean.ToString();
    }

    private static bool NeedsCleaning(string text, bool keepLines)
    {
        foreach (var character in text)
        {
            if (char.IsSurrogate(character) || (IsRemoved(character) && !(keepLines && character is '\n' or '\t')))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>Index of the sequence's last character.</returns>
    private static int SkipSequence(string text, int start)
    {
        var introducer = text[start];
        var index = start + 1;
        if (introducer == Escape)
        {
            if (index >= text.Length)
            {
                return start;
            }

            introducer = text[index++] switch
            {
                '[' => '\u009b',
                ']' => '\u009d',
                'P' => '\u0090',
                'X' => '\u0098',
                '^' => '\u009e',
                '_' => '\u009f',
                _ => Escape,
            };
        }

        return introducer switch
        {
            '\u009b' => EndOfControl(text, index),
            '\u009d' or '\u0090' or '\u0098' or '\u009e' or '\u009f' => EndOfString(text, index),
            Escape => EndOfEscape(text, index - 1),
            _ => start,
        };
    }

    /// <summary>CSI: parameters and intermediates, then one final byte.</summary>
    private static int EndOfControl(string text, int index)
    {
        while (index < text.Length && text[index] is >= ' ' and <= '?')
        {
            index++;
        }

        return index < text.Length && text[index] is >= '@' and <= '~' ? index : index - 1;
    }

    /// <summary>OSC, DCS, SOS, PM, APC: to the string terminator, the bell or the end of the line, whichever comes first.</summary>
    private static int EndOfString(string text, int index)
    {
        for (; index < text.Length; index++)
        {
            switch (text[index])
            {
                case '\a' or StringTerminator:
                    return index;
                case '\n':
                    return index - 1;
                case Escape:
                    return index + 1 < text.Length && text[index + 1] == '\\' ? index + 1 : index - 1;
            }
        }

        return text.Length - 1;
    }

    /// <summary>Two-character escapes, with their intermediates.</summary>
    private static int EndOfEscape(string text, int index)
    {
        while (index < text.Length && text[index] is >= ' ' and <= '/')
        {
            index++;
        }

        return index < text.Length && text[index] is >= '0' and <= '~' ? index : index - 1;
    }

    private static bool IsRemoved(char character) =>
        char.IsControl(character)
        || character is '\u2028' or '\u2029' or '\ufeff'
        || (char.GetUnicodeCategory(character) == UnicodeCategory.Format
            && character is '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'));
}
