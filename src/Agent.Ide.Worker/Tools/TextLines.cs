namespace Agent.Ide.Worker.Tools;

/// <summary>Counting lines the way people do, and fitting summaries into a commit's subject.</summary>
internal static class TextLines
{
    private const int MaxSummary = 100;

    /// <summary>A last line without an end counts.</summary>
    public static int Count(string text) =>
        text.Length == 0 ? 0 : text.AsSpan().Count('\n') + (text.EndsWith('\n') ? 0 : 1);

    /// <summary>How many lines a replacement takes out and puts in, lines equal at both ends not counted.</summary>
    public static (int Added, int Removed) Difference(string before, string after)
    {
        var old = before.Split('\n');
        var now = after.Split('\n');
        var shared = Math.Min(old.Length, now.Length);
        var head = 0;
        while (head < shared && old[head] == now[head])
        {
            head++;
        }

        var tail = 0;
        while (tail < shared - head && old[^(tail + 1)] == now[^(tail + 1)])
        {
            tail++;
        }

        return (now.Length - head - tail, old.Length - head - tail);
    }

    /// <summary>One line of at most 100 characters; what is cut is the front, so that the numbers stay.</summary>
    public static string Summary(string text, string suffix)
    {
        var line = text.ReplaceLineEndings(" ");
        var room = MaxSummary - suffix.Length;
        return (line.Length <= room ? line : string.Concat(line.AsSpan(0, room - 1), "…")) + suffix;
    }
}
