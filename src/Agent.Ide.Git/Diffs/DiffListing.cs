using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>Reads what <c>git diff-tree -z --raw --numstat</c> prints: all raw lines, then all counts, in the same order.</summary>
internal static class DiffListing
{
    public static List<FileDiff> Parse(IReadOnlyList<string> fields)
    {
        var files = new List<FileDiff>();
        var index = 0;
        while (index < fields.Count && fields[index].StartsWith(':'))
        {
            files.Add(ParseRaw(fields, ref index));
        }

        for (var file = 0; file < files.Count && index < fields.Count; file++)
        {
            files[file] = WithCounts(files[file], fields, ref index);
        }

        return files;
    }

    /// <summary>":oldmode newmode oldhash newhash R100", path, and for a rename the new path.</summary>
    private static FileDiff ParseRaw(IReadOnlyList<string> fields, ref int index)
    {
        var parts = fields[index++].Split(' ');
        var status = parts[4][0] switch
        {
            'A' or 'C' => FileChange.Added,
            'D' => FileChange.Deleted,
            'R' => FileChange.Renamed,
            'T' => FileChange.TypeChanged,
            _ => FileChange.Modified,
        };
        var path = fields[index++];
        string? oldPath = null;
        if (status == FileChange.Renamed)
        {
            (oldPath, path) = (path, fields[index++]);
        }

        return new FileDiff(path, oldPath, status, 0, 0, false, [], parts[0][1..], parts[1]);
    }

    /// <summary>"added TAB deleted TAB path"; for a rename the path is empty and both follow as fields. Binary files have dashes.</summary>
    private static FileDiff WithCounts(FileDiff file, IReadOnlyList<string> fields, ref int index)
    {
        var parts = fields[index++].Split('\t', 3);
        if (parts[2].Length == 0)
        {
            index += 2;
        }

        return file with
        {
            Additions = Count(parts[0]),
            Deletions = Count(parts[1]),
            Binary = parts[0] == "-",
        };
    }

    private static int Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
}
