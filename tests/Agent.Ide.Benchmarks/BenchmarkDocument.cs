using System.Text.RegularExpressions;

namespace Agent.Ide.Benchmarks;

/// <summary>
/// The page that figures are written into: its table and the line that names the machine are made, all else in it is people's. A run of some
/// sections replaces their rows and leaves the others.
/// </summary>
internal static partial class BenchmarkDocument
{
    private const string Head = "| What |";

    /// <param name="page">As it is.</param>
    /// <param name="table">The rows of this run, below a head of two lines.</param>
    /// <param name="machine">What they were measured on.</param>
    /// <param name="whole">All sections were run: rows that are not among these measure nothing any more.</param>
    /// <exception cref="InvalidDataException">The page has no table to write into.</exception>
    public static string With(string page, string table, string machine, bool whole)
    {
        var lines = page.Split('\n').ToList();
        var start = lines.FindIndex(static line => line.StartsWith(Head, StringComparison.Ordinal));
        if (start < 0)
        {
            throw new InvalidDataException($"The page has no table that begins with '{Head}'.");
        }

        var end = lines.FindIndex(start, static line => !line.StartsWith('|'));
        var rows = table.TrimEnd('\n').Split('\n').ToList();
        if (!whole)
        {
            rows = Merge(lines[start..end], rows);
        }

        lines.RemoveRange(start, end - start);
        lines.InsertRange(start, rows);
        var named = lines.FindIndex(static line => line.StartsWith("Machine: ", StringComparison.Ordinal));
        if (named >= 0)
        {
            lines[named] = $"Machine: {machine}.";
        }

        return string.Join('\n', lines);
    }

    private static List<string> Merge(List<string> old, List<string> taken)
    {
        var merged = old.ToList();
        var keys = Keys(old);
        var takenKeys = Keys(taken);
        for (var row = 2; row < taken.Count; row++)
        {
            var known = keys.IndexOf(takenKeys[row]);
            if (known >= 0)
            {
                merged[known] = taken[row];
            }
            else
            {
                merged.Add(taken[row]);
            }
        }

        return merged;
    }

    /// <summary>What a row measures: without numbers, which may be measured too, and with what "the same" refers to.</summary>
    private static List<string> Keys(List<string> rows)
    {
        var subject = string.Empty;
        var keys = new List<string>();
        foreach (var row in rows)
        {
            var what = Numbers().Replace(row.Split('|')[1].Trim(), "#");
            if (!what.StartsWith("the same", StringComparison.Ordinal))
            {
                subject = what;
            }

            keys.Add($"{subject} / {what}");
        }

        return keys;
    }

    [GeneratedRegex("[0-9][0-9.,]*(?![0-9]*k? files)")]
    private static partial Regex Numbers();
}
