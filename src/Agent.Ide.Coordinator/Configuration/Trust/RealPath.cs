namespace Agent.Ide.Coordinator.Configuration.Trust;

/// <summary>A path without symbolic links, so that one repository has one name however it was reached.</summary>
internal static class RealPath
{
    /// <summary>More links than this on the way are a loop (Linux allows 40).</summary>
    private const int MaxLinks = 40;

    /// <summary>Resolves every link on the way; what does not exist stays as it is.</summary>
    /// <exception cref="IOException">The links form a loop.</exception>
    public static string Of(string path)
    {
        var links = 0;
        var pending = new Stack<string>();
        var result = Split(Path.GetFullPath(path), pending);
        while (pending.TryPop(out var name))
        {
            var next = Path.Combine(result, name);
            if (new DirectoryInfo(next).LinkTarget is not { } target)
            {
                result = next;
            }
            else if (++links > MaxLinks)
            {
                throw new IOException($"{path} leads through too many symbolic links.");
            }
            else
            {
                result = Split(Path.GetFullPath(target, result), pending);
            }
        }

        return result;
    }

    /// <summary>Pushes the names below the root, the first on top, and returns the root.</summary>
    private static string Split(string fullPath, Stack<string> pending)
    {
        var root = Path.GetPathRoot(fullPath)!;
        var names = fullPath[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (var i = names.Length - 1; i >= 0; i--)
        {
            pending.Push(names[i]);
        }

        return root;
    }
}
