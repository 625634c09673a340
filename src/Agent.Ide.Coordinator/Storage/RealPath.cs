namespace Agent.Ide.Coordinator.Storage;

/// <summary>Absolute paths without symbolic links, as the kernel would see them. Parts that do not exist are kept as they are.</summary>
public static class RealPath
{
    private const int MaxLinks = 40;

    public static string Of(string path)
    {
        var pending = new Stack<string>();
        var full = Path.GetFullPath(path);
        var resolved = Path.GetPathRoot(full) ?? "/";
        Push(pending, full[resolved.Length..]);
        var links = 0;
        while (pending.TryPop(out var component))
        {
            if (component == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? resolved;
                continue;
            }

            var next = Path.Combine(resolved, component);
            var target = new FileInfo(next).LinkTarget;
            if (target is null || ++links > MaxLinks)
            {
                resolved = next;
                continue;
            }

            if (Path.IsPathRooted(target))
            {
                resolved = Path.GetPathRoot(target) ?? "/";
                target = target[resolved.Length..];
            }

            Push(pending, target);
        }

        return resolved;
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="folder"/> or lies below it.</summary>
    public static bool IsWithin(string path, string folder) =>
        path == folder || folder == "/" || (path.StartsWith(folder, StringComparison.Ordinal) && path[folder.Length] == '/');

    private static void Push(Stack<string> pending, string relative)
    {
        var components = relative.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (var i = components.Length - 1; i >= 0; i--)
        {
            if (components[i] != ".")
            {
                pending.Push(components[i]);
            }
        }
    }
}
