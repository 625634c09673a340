namespace Agent.Ide.Git.Merging.Accept;

/// <summary>Some hunks of a file that a task changed.</summary>
/// <param name="Path">On the task's side.</param>
/// <param name="OldPath">Of a renamed file; otherwise null.</param>
/// <param name="Hunks">As the diff of base and head has them, at least one.</param>
public sealed record FileHunks(string Path, string? OldPath, IReadOnlyList<DiffHunk> Hunks)
{
    /// <summary>The old text with these hunks as they are in the new one. Bytes, so that neither encoding nor line ends matter.</summary>
    internal byte[] Apply(ReadOnlySpan<byte> old, ReadOnlySpan<byte> @new)
    {
        var result = new MemoryStream(Math.Max(old.Length, @new.Length));
        var oldLines = LineEnds(old);
        var newLines = LineEnds(@new);
        var done = 0;
        foreach (var hunk in Hunks.OrderBy(hunk => hunk.OldStart))
        {
            // An empty side is named by the line before it.
            var oldFirst = hunk.OldLines == 0 ? hunk.OldStart : hunk.OldStart - 1;
            var newFirst = hunk.NewLines == 0 ? hunk.NewStart : hunk.NewStart - 1;
            result.Write(old[oldLines[done]..oldLines[oldFirst]]);
            result.Write(@new[newLines[newFirst]..newLines[newFirst + hunk.NewLines]]);
            done = oldFirst + hunk.OldLines;
        }

        result.Write(old[oldLines[done]..]);
        return result.ToArray();
    }

    /// <summary>Where lines begin, and at the end where the text ends; the last line may lack its end.</summary>
    private static List<int> LineEnds(ReadOnlySpan<byte> text)
    {
        List<int> ends = [0];
        while (ends[^1] < text.Length)
        {
            var length = text[ends[^1]..].IndexOf((byte)'\n');
            ends.Add(length < 0 ? text.Length : ends[^1] + length + 1);
        }

        return ends;
    }
}
