using Agent.Ide.Git;

namespace Agent.Ide.LanguageServer.Documents;

/// <summary>Between an editor's URIs and the repository's paths.</summary>
public sealed class CheckoutPaths(GitCheckout checkout)
{
    /// <summary>Repository-relative path with <c>/</c>; null for what is not a file of this checkout.</summary>
    public string? PathOf(string uri)
    {
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed) || !parsed.IsFile)
        {
            return null;
        }

        var relative = Path.GetRelativePath(checkout.Root, RealPathOf(parsed.LocalPath)).Replace('\\', '/');
        return relative == "." || relative == ".." || relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? null : relative;
    }

    public string UriOf(string path) => new Uri(Path.Combine(checkout.Root, path)).AbsoluteUri;

    /// <summary>The folder's links are resolved, as git did for the checkout; the file itself may not exist yet.</summary>
    private static string RealPathOf(string path)
    {
        var folder = Path.GetDirectoryName(path);
        if (folder is null || !Directory.Exists(folder))
        {
            return Path.GetFullPath(path);
        }

        return Path.Combine(Coordinator.Storage.RealPath.Of(folder), Path.GetFileName(path));
    }
}
