using System.Globalization;
using System.Text;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>
/// Text of a file that somebody else wrote, made safe for a terminal: control characters and invisible ones (which can
/// reorder or hide what a person reads) are shown as escapes.
/// </summary>
internal static class Printable
{
    private const int MaxLength = 80;

    /// <summary>At most 80 characters, on one line.</summary>
    public static string Text(string text) => Escape(text, MaxLength);

    /// <summary>All of it, on one line: for what a person is asked to agree to.</summary>
    public static string WholeText(string text) => Escape(text, int.MaxValue);

    private static string Escape(string text, int maxLength)
    {
        var result = new StringBuilder(Math.Min(text.Length, maxLength));
        foreach (var rune in text.EnumerateRunes())
        {
            if (result.Length >= maxLength)
            {
                return result.Append('…').ToString();
            }

            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned:
                    result.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
                    break;
                default:
                    result.Append(rune);
                    break;
            }
        }

        return result.ToString();
    }
}
