namespace Agent.Ide.Protocol.Endpoint;

/// <summary>Resolves links in every part of a path, so that one directory has one name.</summary>
internal static class RealPath
{
    /// <summary>As many as Linux itself follows.</summary>
    private const int MaxLinks = 40;

    /// <exception cref="CoordinatorLocationException">It has too many links.</exception>
    public static string Of(string path)
    {
        var links = 0;
        var rest = new Stack<string>();
        var resolved = Split(Path.GetFullPath(path), rest);
        while (rest.TryPop(out var name))
        {
            var next = Path.Combine(resolved, name);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new CoordinatorLocationException($"{path} has too many symbolic links.");
            }

            resolved = Split(Path.GetFullPath(target, resolved), rest);
        }

        return resolved;
    }

    /// <summary>Pushes the path's names so that its first is popped first; returns its root.</summary>
    private static string Split(string fullPath, Stack<string> names)
    {
        var root = Path.GetPathRoot(fullPath)!;
        var parts = fullPath[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            names.Push(parts[i]);
        }

        return root;
    }
}
