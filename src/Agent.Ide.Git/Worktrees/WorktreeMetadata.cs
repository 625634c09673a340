namespace Agent.Ide.Git;

/// <summary>
/// How the product knows its own worktrees: a small file in the metadata folder that git keeps for each, where no agent can write.
/// </summary>
/// <param name="Id">The task's.</param>
/// <param name="Root">As git's own metadata has it.</param>
/// <param name="GitDirectory">The metadata folder.</param>
/// <param name="Branch">Full name.</param>
/// <param name="IsComplete">Its files were all written; otherwise whoever made it was killed, and what is missing is no deletion.</param>
internal sealed record WorktreeMetadata(string Id, string Root, string GitDirectory, string Branch, bool IsComplete)
{
    public const string FileName = "agent-ide-task";
    private const string Complete = "complete";

    /// <summary>Those of a repository, by id.</summary>
    public static List<WorktreeMetadata> ReadAll(string commonDirectory)
    {
        var all = new List<WorktreeMetadata>();
        var folder = new DirectoryInfo(Path.Combine(commonDirectory, "worktrees"));
        if (!folder.Exists)
        {
            return all;
        }

        foreach (var entry in folder.EnumerateDirectories())
        {
            if (Read(entry.FullName) is { } metadata)
            {
                all.Add(metadata);
            }
        }

        all.Sort(static (left, right) => string.CompareOrdinal(left.Id, right.Id));
        return all;
    }

    /// <summary>Null for a worktree of somebody else's, and for one that is gone.</summary>
    public static WorktreeMetadata? Read(string gitDirectory)
    {
        try
        {
            var lines = File.ReadAllLines(Path.Combine(gitDirectory, FileName));
            var link = File.ReadAllText(Path.Combine(gitDirectory, "gitdir")).TrimEnd('\n');
            var root = Path.GetDirectoryName(Path.GetFullPath(link, gitDirectory))!;
            return lines.Length >= 2 ? new WorktreeMetadata(lines[0], root, gitDirectory, lines[1], lines.Contains(Complete)) : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The metadata folder of a worktree of ours; null when it has none.</summary>
    public static string? GitDirectoryOf(string commonDirectory, string root) =>
        ReadAll(commonDirectory).Find(metadata => metadata.Root == root)?.GitDirectory;

    public static void Write(string gitDirectory, string id, string branch) =>
        File.WriteAllText(Path.Combine(gitDirectory, FileName), $"{id}\n{branch}\n");

    public static void MarkComplete(string gitDirectory) =>
        File.AppendAllText(Path.Combine(gitDirectory, FileName), Complete + "\n");

    /// <summary>Where the <c>.git</c> file of a worktree points; null when it has none.</summary>
    public static string? GitDirectoryNamedIn(string root)
    {
        const string Prefix = "gitdir: ";
        var file = new FileInfo(Path.Combine(root, ".git"));
        if (!file.Exists || file.Length > 8192)
        {
            return null;
        }

        var text = File.ReadAllText(file.FullName).TrimEnd('\n');
        return text.StartsWith(Prefix, StringComparison.Ordinal) ? Path.GetFullPath(text[Prefix.Length..], root) : null;
    }
}
