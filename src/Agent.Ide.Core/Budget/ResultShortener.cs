using System.Globalization;
using System.Text;

namespace Agent.Ide.Core.Budget;

/// <summary>Makes a reference of a large tool result: its first and last lines, and how to get at the rest.</summary>
internal static class ResultShortener
{
    // Below this a tail would be a fragment of a line.
    private const int LeastForTail = 400;

    /// <param name="room">Length of the outcome in UTF-8, about; the line with the reference comes on top.</param>
    public static string Shorten(string content, string reference, int room)
    {
        if (room == 0)
        {
            return $"[left out: fetch_detail ref {reference}]";
        }

        var headRoom = room >= LeastForTail ? room * 2 / 3 : room;
        var head = WholeLines(content, Utf8Text.PrefixLength(content, headRoom), fromStart: true);
        var tail = room >= LeastForTail
            ? WholeLines(content[head..], content.Length - head - Utf8Text.SuffixLength(content.AsSpan(head), room - headRoom), fromStart: false)
            : content.Length - head;
        var tailStart = Math.Min(content.Length, head + tail);

        var what = LeftOut(content, head, tailStart);
        var text = new StringBuilder(head + content.Length - tailStart + 80);
        text.Append(content, 0, head);
        if (head > 0 && content[head - 1] != '\n')
        {
            text.Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"[{what} left out: fetch_detail ref {reference}]");
        if (tailStart < content.Length)
        {
            text.Append('\n').Append(content, tailStart, content.Length - tailStart);
        }

        return text.ToString();
    }

    /// <summary>What becomes of a result that is a reference already.</summary>
    public static string ShortenAgain(string content, string reference, int room)
    {
        if (room == 0)
        {
            return Shorten(content, reference, 0);
        }

        var end = content.IndexOf('\n', StringComparison.Ordinal);
        var line = end < 0 ? content : content[..end];
        return $"{line[..Utf8Text.PrefixLength(line, room)]}\n[the rest is left out: fetch_detail ref {reference}]";
    }

    private static string LeftOut(string content, int from, int to)
    {
        var first = content.AsSpan(0, from).Count('\n') + 1;
        var last = content.AsSpan(0, to).Count('\n') + (to > 0 && content[to - 1] == '\n' ? 0 : 1);
        var all = content.AsSpan().Count('\n') + (content[^1] == '\n' ? 0 : 1);
        return all > 2 && last > first
            ? string.Create(CultureInfo.InvariantCulture, $"lines {first} to {last} of {all}")
            : string.Create(CultureInfo.InvariantCulture, $"{to - from} of {content.Length} characters");
    }

    /// <summary>Moves a cut to a line's edge, where one is near enough.</summary>
    private static int WholeLines(string text, int cut, bool fromStart)
    {
        if (cut <= 0 || cut >= text.Length)
        {
            return Math.Clamp(cut, 0, text.Length);
        }

        if (fromStart)
        {
            var line = text.LastIndexOf('\n', cut - 1);
            return line >= cut / 2 ? line + 1 : cut;
        }

        var next = text.IndexOf('\n', cut);
        return next >= 0 && next + 1 < text.Length && next - cut <= (text.Length - cut) / 2 ? next + 1 : cut;
    }
}
