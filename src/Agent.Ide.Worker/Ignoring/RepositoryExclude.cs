namespace Agent.Ide.Worker.Ignoring;

/// <summary>Finds <c>info/exclude</c> of the repository a worktree belongs to (gitrepository-layout(5)).</summary>
internal static class RepositoryExclude
{
    private const int MaxPointerBytes = 8 * 1024;

    /// <returns>Absolute path; null where there is no such file.</returns>
    public static string? Find(string rootPath)
    {
        var dotGit = Path.Combine(rootPath, ".git");
        var folder = Directory.Exists(dotGit) ? dotGit : Pointer(dotGit, "gitdir:", rootPath);
        if (folder is null)
        {
            return null;
        }

        var common = Pointer(Path.Combine(folder, "commondir"), string.Empty, folder) ?? folder;
        var exclude = Path.Combine(common, "info", "exclude");
        return File.Exists(exclude) ? exclude : null;
    }

    private static string? Pointer(string file, string prefix, string relativeTo)
    {
        var entry = new FileInfo(file);
        if (!entry.Exists || entry.LinkTarget is not null || entry.Length is 0 or > MaxPointerBytes)
        {
            return null;
        }

        var text = File.ReadAllText(file).Trim();
        return text.StartsWith(prefix, StringComparison.Ordinal)
            ? Path.GetFullPath(text[prefix.Length..].Trim(), relativeTo)
            : null;
    }
}
