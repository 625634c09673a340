namespace Agent.Ide.Git;

/// <summary>Which paths may stand in a commit: git's own rules, with its protection for other file systems always on.</summary>
internal static class PathRules
{
    private const int MaxPathLength = 4096;

    /// <summary>Null when the path is fine.</summary>
    public static SkipReason? Refusal(string path)
    {
        if (path.Length == 0 || path[0] == '/' || path.Length > MaxPathLength)
        {
            return SkipReason.OutsideWorktree;
        }

        foreach (var range in path.AsSpan().Split('/'))
        {
            var part = path.AsSpan(range);
            if (part.IsEmpty || part is "." or "..")
            {
                return SkipReason.OutsideWorktree;
            }

            if (part.Contains('\0'))
            {
                return SkipReason.ForbiddenName;
            }

            // A backslash separates folders where the commit may be checked out one day.
            foreach (var inner in part.Split('\\'))
            {
                if (IsGitFolder(part[inner]))
                {
                    return SkipReason.ForbiddenName;
                }
            }
        }

        return null;
    }

    /// <summary>
    /// <c>.git</c> in any spelling that some file system takes for it: letter case, the short name <c>git~1</c>, trailing dots and
    /// spaces or a stream name (NTFS), characters that HFS+ ignores. A checkout of such a name elsewhere would write into the repository.
    /// </summary>
    public static bool IsGitFolder(ReadOnlySpan<char> name) => IsProtected(name, ".git") || IsProtected(name, "git~1");

    /// <summary><c>.gitmodules</c> in any spelling: git refuses it as a symbolic link, and so does its check of a repository.</summary>
    public static bool IsModulesFile(ReadOnlySpan<char> path) =>
        path[(path.LastIndexOf('/') + 1)..] is var name && (IsProtected(name, ".gitmodules") || IsProtected(name, "gitmod~1"));

    private static bool IsProtected(ReadOnlySpan<char> name, string protectedName)
    {
        var stream = name.IndexOf(':');
        if (stream >= 0)
        {
            name = name[..stream];
        }

        name = name.TrimEnd(". ");
        var matched = 0;
        foreach (var character in name)
        {
            if (IsIgnoredByHfs(character))
            {
                continue;
            }

            if (matched == protectedName.Length || char.ToLowerInvariant(character) != protectedName[matched])
            {
                return false;
            }

            matched++;
        }

        return matched == protectedName.Length;
    }

    private static bool IsIgnoredByHfs(char character) =>
        character is (>= '\u200C' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u206A' and <= '\u206F') or '\uFEFF';
}
