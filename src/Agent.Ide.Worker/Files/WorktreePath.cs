using Agent.Ide.Core.Tools;

namespace Agent.Ide.Worker.Files;

/// <summary>
/// A path as a model writes it, read once: relative to the worktree, components separated by <c>/</c>, no way up, nothing of
/// git's own. Links are not looked at here; <see cref="IWorktreeFiles"/> does that while it opens.
/// </summary>
public readonly record struct WorktreePath
{
    private const int MaxLength = 4000;

    private WorktreePath(string[] components)
    {
        Components = components;
    }

    /// <summary>Empty for the worktree's own folder.</summary>
    public IReadOnlyList<string> Components { get; }

    public string Name => Components[^1];

    public bool IsRoot => Components.Count == 0;

    public WorktreePath Parent => new([.. Components.Take(Components.Count - 1)]);

    public override string ToString() => string.Join('/', Components);

    /// <exception cref="ToolFailureException">It is empty, absolute, goes up, or names something of git's.</exception>
    public static WorktreePath Parse(string path)
    {
        var parsed = ParseFolder(path);
        return parsed.IsRoot
            ? throw new ToolFailureException(ToolErrors.InvalidArguments, "The path names the repository's root folder; name a file in it.")
            : parsed;
    }

    /// <summary>Like <see cref="Parse"/>, but the worktree's own folder (<c>.</c> or nothing) is allowed.</summary>
    public static WorktreePath ParseFolder(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal) || path.Length > MaxLength)
        {
            throw new ToolFailureException(ToolErrors.InvalidArguments, "The path holds a NUL character or is too long.");
        }

        if (path.StartsWith('/') || Path.IsPathRooted(path))
        {
            throw Outside(path);
        }

        var components = new List<string>();
        foreach (var component in path.Split(OperatingSystem.IsWindows() ? ['/', '\\'] : ['/']))
        {
            if (component == "..")
            {
                throw Outside(path);
            }

            if (component.Length > 0 && component != ".")
            {
                components.Add(component);
            }
        }

        var result = new WorktreePath([.. components]);
        result.RefuseGit();
        return result;
    }

    /// <summary>A path that the kernel gave, below the worktree's own.</summary>
    internal static WorktreePath FromCanonical(string relative)
    {
        var result = new WorktreePath(relative.Split('/', StringSplitOptions.RemoveEmptyEntries));
        result.RefuseGit();
        return result;
    }

    internal WorktreePath Append(string name) => new([.. Components, name]);

    /// <summary>Whether a name is git's own folder or file on any file system that git guards against.</summary>
    public static bool IsGit(ReadOnlySpan<char> name)
    {
        var trimmed = name.TrimEnd(". ");
        return trimmed.Equals(".git", StringComparison.OrdinalIgnoreCase)
            || (OperatingSystem.IsWindows() && trimmed.Equals("git~1", StringComparison.OrdinalIgnoreCase));
    }

    internal static ToolFailureException Outside(string path) => new(
        ToolErrors.OutsideWorktree,
        $"{Shorten(path)} leaves the repository. Use a path relative to its root, such as src/app.ts, without .. or a leading /.");

    internal static string Shorten(string path) => path.Length <= 200 ? path : string.Concat(path.AsSpan(0, 199), "…");

    private void RefuseGit()
    {
        foreach (var component in Components)
        {
            if (IsGit(component))
            {
                throw new ToolFailureException(
                    ToolErrors.OutsideWorktree,
                    $"{Shorten(ToString())} belongs to git, which no file tool touches. Every change is committed for you.");
            }
        }
    }
}
