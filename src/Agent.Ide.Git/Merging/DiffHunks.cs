using System.Globalization;

namespace Agent.Ide.Git.Merging;

/// <summary>A change between two texts without context. Half-open line intervals from 0.</summary>
internal readonly record struct Hunk(int OldStart, int OldEnd, int NewStart, int NewEnd)
{
    public LineRange NewRange => RangeOf(NewStart, NewEnd);

    /// <summary>A half-open interval from 0 as lines from 1; an empty one as the line before the gap.</summary>
    public static LineRange RangeOf(int start, int end) =>
        end > start ? new LineRange(start + 1, end) : new LineRange(Math.Max(start, 1), Math.Max(start, 1));
}

/// <summary>Hunks between two blobs, by git's own diff with the algorithm its merge uses (histogram).</summary>
internal static class DiffHunks
{
    /// <summary>Arguments that make git print hunks only, whatever the configuration.</summary>
    public static readonly IReadOnlyList<string> Options =
        ["--unified=0", "--inter-hunk-context=0", "--diff-algorithm=histogram", "--no-indent-heuristic", "--no-renames", .. GitCommand.PlainDiff];

    /// <summary>Empty for equal blobs and for binary ones.</summary>
    public static async Task<IReadOnlyList<Hunk>> ReadAsync(
        GitCommand git, string oldBlob, string newBlob, CancellationToken cancellationToken)
    {
        if (oldBlob == newBlob)
        {
            return [];
        }

        var output = await git.RunAsync(["diff", .. Options, oldBlob, newBlob], default, cancellationToken);
        return Parse(output.Bytes);
    }

    /// <summary>Reads the headers of a patch. Without context every content line starts with a sign, so no file can fake one.</summary>
    public static IReadOnlyList<Hunk> Parse(ReadOnlySpan<byte> patch)
    {
        var hunks = new List<Hunk>();
        while (!patch.IsEmpty)
        {
            var end = patch.IndexOf((byte)'\n');
            var line = end < 0 ? patch : patch[..end];
            patch = end < 0 ? [] : patch[(end + 1)..];
            if (line.StartsWith("@@ -"u8))
            {
                hunks.Add(ParseHeader(System.Text.Encoding.ASCII.GetString(line)));
            }
        }

        return hunks;
    }

    private static Hunk ParseHeader(string line)
    {
        // "@@ -12,3 +14 @@ …"; an omitted count is 1, and with a count of 0 the start is the line before.
        var parts = line.Split(' ', 4);
        var (oldStart, oldEnd) = Interval(parts[1]);
        var (newStart, newEnd) = Interval(parts[2]);
        return new Hunk(oldStart, oldEnd, newStart, newEnd);
    }

    private static (int Start, int End) Interval(string text)
    {
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        var first = int.Parse(comma < 0 ? text.AsSpan(1) : text.AsSpan(1, comma - 1), NumberStyles.None, CultureInfo.InvariantCulture);
        var count = comma < 0 ? 1 : int.Parse(text.AsSpan(comma + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        var start = count == 0 ? first : first - 1;
        return (start, start + count);
    }
}
