namespace Agent.Ide.Worker.Ignoring;

/// <summary>The patterns of one <c>.gitignore</c> (gitignore(5), "Pattern format"): the last one that matches decides.</summary>
internal sealed class IgnoreFile
{
    /// <summary>More than any real file has; the rest of a longer one is not read.</summary>
    public const int MaxBytes = 1024 * 1024;

    private readonly List<Rule> _rules;

    private IgnoreFile(List<Rule> rules)
    {
        _rules = rules;
    }

    public bool IsEmpty => _rules.Count == 0;

    public static IgnoreFile Parse(string text)
    {
        var rules = new List<Rule>();
        foreach (var raw in text.TrimStart('\ufeff').Split('\n'))
        {
            if (ParseLine(raw.EndsWith('\r') ? raw[..^1] : raw) is { } rule)
            {
                rules.Add(rule);
            }
        }

        return new IgnoreFile(rules);
    }

    /// <summary>True: ignored; false: taken back by a <c>!</c> pattern; null: nothing here matches.</summary>
    /// <param name="path">Relative to the folder the file lies in.</param>
    /// <param name="isDirectory">Patterns that end in <c>/</c> match folders only.</param>
    public bool? Decide(ReadOnlySpan<char> path, bool isDirectory)
    {
        for (var i = _rules.Count - 1; i >= 0; i--)
        {
            var rule = _rules[i];
            if ((isDirectory || !rule.DirectoriesOnly) && rule.Glob.IsMatch(path))
            {
                return !rule.Negated;
            }
        }

        return null;
    }

    private static Rule? ParseLine(string line)
    {
        if (line.Length == 0 || line[0] == '#')
        {
            return null;
        }

        var pattern = TrimTrailingSpaces(line);
        var negated = pattern.StartsWith('!');
        if (negated)
        {
            pattern = pattern[1..];
        }

        var directoriesOnly = pattern.EndsWith('/');
        if (directoriesOnly)
        {
            pattern = pattern[..^1];
        }

        if (pattern.Length == 0)
        {
            return null;
        }

        // A slash at the beginning or in the middle ties the pattern to this folder.
        var glob = pattern.Contains('/', StringComparison.Ordinal)
            ? PathGlob.Anchored(pattern.StartsWith('/') ? pattern[1..] : pattern)
            : PathGlob.Floating(pattern);
        return new Rule(glob, negated, directoriesOnly);
    }

    private static string TrimTrailingSpaces(string line)
    {
        var end = line.Length;
        while (end > 0 && line[end - 1] == ' ' && !(end > 1 && line[end - 2] == '\\'))
        {
            end--;
        }

        return line[..end];
    }

    private readonly record struct Rule(PathGlob Glob, bool Negated, bool DirectoriesOnly);
}
