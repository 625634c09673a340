using System.Buffers.Text;

namespace Agent.Ide.Git;

/// <summary>
/// Reads the hunks of a unified diff as git prints it, file by file. Names are not read: they come in the listing's
/// order.
/// </summary>
internal static class PatchSections
{
    /// <summary>
    /// One list of hunks per "diff --git" section. A line of content never starts like a header: it has a sign or a blank
    /// first.
    /// </summary>
    public static List<List<DiffHunk>> Parse(ReadOnlySpan<byte> patch)
    {
        var sections = new List<List<DiffHunk>>();
        HunkLines? current = null;
        while (!patch.IsEmpty)
        {
            var end = patch.IndexOf((byte)'\n');
            var line = end < 0 ? patch : patch[..end];
            patch = end < 0 ? default : patch[(end + 1)..];
            if (line.StartsWith("diff --git "u8))
            {
                Close();
                sections.Add([]);
            }
            else if (line.StartsWith("@@ -"u8) && sections.Count > 0)
            {
                Close();
                current = ParseHunk(line[4..], sections[^1].Count) is { } hunk ? new HunkLines(hunk) : null;
            }
            else
            {
                current?.Read(line);
            }
        }

        Close();
        return sections;

        void Close()
        {
            if (current is not null)
            {
                sections[^1].Add(current.ToHunk());
                current = null;
            }
        }
    }

    /// <summary>"12,3 +12,4 @@ …"; a count of one is left out.</summary>
    private static DiffHunk? ParseHunk(ReadOnlySpan<byte> text, int index)
    {
        var (oldStart, oldLines) = Range(ref text);
        if (!text.StartsWith(" +"u8))
        {
            return null;
        }

        text = text[2..];
        var (newStart, newLines) = Range(ref text);
        return new DiffHunk(index, oldStart, oldLines, newStart, newLines);
    }

    private static (int Start, int Lines) Range(ref ReadOnlySpan<byte> text)
    {
        var start = Number(ref text);
        if (!text.StartsWith(","u8))
        {
            return (start, 1);
        }

        text = text[1..];
        return (start, Number(ref text));
    }

    private static int Number(ref ReadOnlySpan<byte> text)
    {
        if (!Utf8Parser.TryParse(text, out int number, out var consumed))
        {
            return 0;
        }

        text = text[consumed..];
        return number;
    }
}
