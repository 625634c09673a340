using System.Text;

namespace Agent.Ide.Worker.Tools;

/// <summary>Says why a passage was not found: what is there instead when only white space differs, or where it begins.</summary>
internal static class NearMatch
{
    private const int MaxShownLines = 20;
    private const int MaxShownCharacters = 1500;
    private const int MinLandmark = 8;

    public static string Explain(string path, string content, string oldText)
    {
        var lines = content.Split('\n');
        var wanted = oldText.Trim('\r', '\n').Split('\n');
        for (var i = 0; i + wanted.Length <= lines.Length; i++)
        {
            if (DiffersInWhiteSpaceOnly(lines, i, wanted))
            {
                return $"old_text is not in {path}, but lines {i + 1}-{i + wanted.Length} differ from it in white space only. They are:\n"
                    + Show(lines, i, wanted.Length);
            }
        }

        var landmark = wanted.Select(static line => line.Trim()).MaxBy(static line => line.Length) ?? string.Empty;
        if (landmark.Length >= MinLandmark)
        {
            var position = Array.FindIndex(wanted, line => line.Trim() == landmark);
            for (var i = 0; i < lines.Length; i++)
            {
                if (lines[i].Contains(landmark, StringComparison.Ordinal))
                {
                    var start = Math.Max(0, i - position);
                    return $"old_text is not in {path}. A line of it is at line {i + 1}; around it the file has:\n"
                        + Show(lines, start, Math.Min(wanted.Length, lines.Length - start));
                }
            }
        }

        return $"old_text is not in {path}. Read the file again and copy the text exactly.";
    }

    private static bool DiffersInWhiteSpaceOnly(string[] lines, int at, string[] wanted)
    {
        var hasText = false;
        for (var i = 0; i < wanted.Length; i++)
        {
            if (!EqualButForWhiteSpace(lines[at + i], wanted[i]))
            {
                return false;
            }

            hasText |= !string.IsNullOrWhiteSpace(wanted[i]);
        }

        return hasText;
    }

    private static bool EqualButForWhiteSpace(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var l = 0;
        var r = 0;
        while (true)
        {
            while (l < left.Length && char.IsWhiteSpace(left[l]))
            {
                l++;
            }

            while (r < right.Length && char.IsWhiteSpace(right[r]))
            {
                r++;
            }

            if (l == left.Length || r == right.Length)
            {
                return l == left.Length && r == right.Length;
            }

            if (left[l++] != right[r++])
            {
                return false;
            }
        }
    }

    private static string Show(string[] lines, int from, int count)
    {
        var shown = new StringBuilder();
        for (var i = from; i < from + Math.Min(count, MaxShownLines) && shown.Length < MaxShownCharacters; i++)
        {
            var line = lines[i].TrimEnd('\r');
            shown.Append(line.Length <= 300 ? line : string.Concat(line.AsSpan(0, 299), "…")).Append('\n');
        }

        return shown.ToString();
    }
}
