using System.Globalization;
using System.Text;

namespace Agent.Ide.Cli.Output;

/// <summary>
/// What a person is asked to allow, safe for a terminal and with nothing left out: what a terminal would obey, reorder or not show
/// at all stands there by its code (<c>&lt;U+001B&gt;</c>), long runs of blanks are counted, and no line is cut. Where
/// <see cref="TerminalText"/> makes text readable, this makes it honest.
/// </summary>
internal static class ExactText
{
    /// <summary>Longest run of blanks, or of empty lines, shown as it is: more only pushes what follows out of sight.</summary>
    private const int MaxRun = 8;

    /// <summary>The lines of a text; one at least.</summary>
    public static IReadOnlyList<string> Lines(string text)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        var index = 0;
        while (index < text.Length)
        {
            if (!Rune.TryGetRuneAt(text, index, out var rune))
            {
                line.Append(Code(text[index++], 1));
                continue;
            }

            var run = Run(text, index, rune);
            index += run * rune.Utf16SequenceLength;
            if (rune.Value == '\n')
            {
                lines.Add(line.ToString());
                line.Clear();
                if (run > MaxRun)
                {
                    lines.Add(Code('\n', run - 1));
                }
                else
                {
                    lines.AddRange(Enumerable.Repeat(string.Empty, run - 1));
                }
            }
            else if (IsShown(rune) && (run <= MaxRun || !Rune.IsWhiteSpace(rune)))
            {
                line.Insert(line.Length, rune.ToString(), run);
            }
            else
            {
                line.Append(Code(rune.Value, run));
            }
        }

        lines.Add(line.ToString());
        return lines;
    }

    private static int Run(string text, int start, Rune rune)
    {
        var length = rune.Utf16SequenceLength;
        var count = 1;
        while (start + ((count + 1) * length) <= text.Length
            && string.CompareOrdinal(text, start, text, start + (count * length), length) == 0)
        {
            count++;
        }

        return count;
    }

    private static bool IsShown(Rune rune) => rune.Value == ' '
        || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static string Code(int value, int times) => times == 1
        ? string.Create(CultureInfo.InvariantCulture, $"<U+{value:X4}>")
        : string.Create(CultureInfo.InvariantCulture, $"<U+{value:X4} x{times}>");
}
