namespace Agent.Ide.Coordinator.Storage;

/// <summary>From an editor's URI to the repository's path.</summary>
public static class CheckoutFile
{
    /// <summary>
    /// The links of the file's folder are resolved, as git did for the checkout; a link itself is a file of the repository, and the file may
    /// not exist yet.
    /// </summary>
    /// <param name="root">The checkout's, without links.</param>
    /// <param name="uri">As the editor spells it.</param>
    /// <returns>Repository-relative path with <c>/</c>; null for what is not a file of this checkout.</returns>
    public static string? PathOf(string root, string uri)
    {
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed) || !parsed.IsFile)
        {
            return null;
        }

        var full = Path.GetFullPath(parsed.LocalPath);
        if (Path.GetDirectoryName(full) is not { } folder)
        {
            return null;
        }

        var relative = Path.GetRelativePath(root, Path.Combine(RealPath.Of(folder), Path.GetFileName(full))).Replace('\\', '/');
        return relative is "." or ".." || relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? null : relative;
    }
}
