namespace Agent.Ide.Git.Merging;

/// <summary>Carries lines from the old side of a diff over to the new side.</summary>
internal static class LineMap
{
    public static IReadOnlyList<LineRange> Map(IReadOnlyList<LineRange> ranges, IReadOnlyList<Hunk> hunks) =>
        hunks.Count == 0 ? ranges : [.. ranges.Select(range => Map(range, hunks))];

    private static LineRange Map(LineRange range, IReadOnlyList<Hunk> hunks)
    {
        var start = Start(range.Start - 1, hunks);
        return Hunk.RangeOf(start, Math.Max(start, End(range.End, hunks)));
    }

    /// <summary>The new position of a line; one that was replaced goes to where its replacement starts.</summary>
    private static int Start(int line, IReadOnlyList<Hunk> hunks)
    {
        var shift = 0;
        foreach (var hunk in hunks)
        {
            if (line < hunk.OldStart)
            {
                break;
            }

            if (line < hunk.OldEnd)
            {
                return hunk.NewStart;
            }

            shift = hunk.NewEnd - hunk.OldEnd;
        }

        return line + shift;
    }

    /// <summary>The new position just after a line; after a replaced one it is where the replacement ends.</summary>
    private static int End(int end, IReadOnlyList<Hunk> hunks)
    {
        var shift = 0;
        foreach (var hunk in hunks)
        {
            if (end <= hunk.OldStart)
            {
                break;
            }

            if (end <= hunk.OldEnd)
            {
                return hunk.NewEnd;
            }

            shift = hunk.NewEnd - hunk.OldEnd;
        }

        return end + shift;
    }
}
