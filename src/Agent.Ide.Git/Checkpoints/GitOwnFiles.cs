using System.Text;

namespace Agent.Ide.Git;

/// <summary>
/// Files that git itself reads out of commits, and refuses with some contents (git-fsck(1): gitmodules…, gitattributes…). A commit with
/// one of those makes the whole repository fail git's check, and servers refuse to take it.
/// </summary>
internal static class GitOwnFiles
{
    private const int MaxBytes = 1024 * 1024;
    private const int MaxAttributesLine = 2047;

    /// <summary>Whether a file of a worktree may stand in a commit, as far as its name and content go.</summary>
    public static bool IsAcceptable(WorktreeFiles files, string path)
    {
        if (PathRules.IsModulesFile(path))
        {
            return files.ReadSmallFile(path, MaxBytes) is { } content && Encoding.UTF8.GetString(content).Split('\n').All(IsHarmlessModulesLine);
        }

        return !path.AsSpan(path.LastIndexOf('/') + 1).SequenceEqual(BaseRules.AttributesFile)
            || (files.ReadSmallFile(path, MaxBytes) is { } rules && Encoding.Latin1.GetString(rules).Split('\n').All(static line => line.Length <= MaxAttributesLine));
    }

    /// <summary>
    /// Stricter than git: an option in place of an address or a path, a command in place of a way to update, a name that climbs, and
    /// every escape, which could spell any of these.
    /// </summary>
    private static bool IsHarmlessModulesLine(string text)
    {
        var line = text.Trim();
        if (line.StartsWith('['))
        {
            var end = line.LastIndexOf(']');
            return !line.Contains("..", StringComparison.Ordinal) && !line.Contains('\\', StringComparison.Ordinal)
                && (end < 0 || end == line.Length - 1 || line[(end + 1)..].TrimStart() is ['#' or ';', ..]);
        }

        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || line.StartsWith('#') || line.StartsWith(';'))
        {
            return true;
        }

        var key = line[..equals].Trim();
        var value = line[(equals + 1)..].Trim().TrimStart('"').TrimStart();
        return !(key.Equals("url", StringComparison.OrdinalIgnoreCase) || key.Equals("path", StringComparison.OrdinalIgnoreCase)
                || key.Equals("update", StringComparison.OrdinalIgnoreCase))
            || (!value.StartsWith('-') && !value.StartsWith('!') && !value.Contains('\\', StringComparison.Ordinal) && !value.Contains("::", StringComparison.Ordinal));
    }
}
