using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>
/// The part of a repository's git directory that a sandbox shows, read-only: enough for status, log, diff and blame of one
/// worktree. It lists what is shown, not what is hidden, so that whatever a tool keeps in there (credentials, the
/// coordinator's own folder, other worktrees, submodules' configuration) is absent without being known here.
/// </summary>
public sealed record GitView
{
    private const int MaxAlternates = 16;

    private static readonly string[] s_shared =
        ["HEAD", "objects", "refs", "reftable", "packed-refs", "info", "shallow"];

    /// <summary>The repository's common git directory.</summary>
    public required string CommonDirectory { get; init; }

    /// <summary>The worktree's own folder below the common directory.</summary>
    public required string WorktreeDirectory { get; init; }

    /// <summary>The worktree's <c>.git</c> file; whoever replaced it would make git on the host obey planted configuration.</summary>
    public required string GitFile { get; init; }

    /// <summary>What is shown where: paths on the host and, equal but for filtered configuration, paths inside.</summary>
    public required IReadOnlyList<(string Source, string Target)> Shown { get; init; }

    /// <summary>The working folders of all worktrees of this repository, the main one first where there is one.</summary>
    public required IReadOnlyList<string> Checkouts { get; init; }

    internal static GitView Of(string worktree, string common)
    {
        if (RealPath.IsWithin(common, worktree))
        {
            throw new SandboxUnavailableException(
                $"{worktree} holds the repository's git directory: only a linked worktree can be given to an agent.");
        }

        var gitFile = Path.Combine(worktree, ".git");
        var own = OwnDirectory(gitFile, common);
        var shown = new List<(string, string)>();
        foreach (var name in s_shared)
        {
            var path = Path.Combine(common, name);
            if (File.Exists(path) || Directory.Exists(path))
            {
                shown.Add((path, path));
            }
        }

        shown.Add((own, own));
        foreach (var alternate in Alternates(Path.Combine(common, "objects")))
        {
            shown.Add((alternate, alternate));
        }

        AddFiltered(shown, Path.Combine(common, "config"), common);
        AddFiltered(shown, Path.Combine(own, "config.worktree"), common);
        return new GitView
        {
            CommonDirectory = common,
            WorktreeDirectory = own,
            GitFile = gitFile,
            Shown = shown,
            Checkouts = CheckoutsOf(common),
        };
    }

    private static string OwnDirectory(string gitFile, string common)
    {
        // Only a path that git itself made and that points back is believed: a planted one could name any folder of the host.
        var file = new FileInfo(gitFile);
        if (!file.Exists || file.LinkTarget is not null || file.Length > 4096)
        {
            throw new SandboxUnavailableException($"{gitFile} is not the file git made; remove the worktree and create it again.");
        }

        var text = File.ReadAllText(gitFile).Trim();
        var path = text.StartsWith("gitdir:", StringComparison.Ordinal) ? text["gitdir:".Length..].Trim() : string.Empty;
        var own = path.Length == 0 ? string.Empty : RealPath.Of(Path.Combine(file.DirectoryName!, path));
        var back = Path.Combine(own, "gitdir");
        if (Path.GetDirectoryName(own) != Path.Combine(common, "worktrees")
            || !File.Exists(back)
            || RealPath.Of(Path.Combine(own, File.ReadAllText(back).Trim())) != gitFile)
        {
            throw new SandboxUnavailableException($"{gitFile} does not lead to a worktree of {common}; run `git worktree repair` there.");
        }

        return own;
    }

    private static List<string> Alternates(string objects)
    {
        var found = new List<string>();
        var pending = new Queue<string>([objects]);
        while (pending.TryDequeue(out var folder) && found.Count < MaxAlternates)
        {
            var list = Path.Combine(folder, "info", "alternates");
            if (!File.Exists(list))
            {
                continue;
            }

            foreach (var line in File.ReadLines(list))
            {
                if (line.Length == 0 || line[0] is '#' or '"')
                {
                    continue;
                }

                var alternate = RealPath.Of(Path.Combine(folder, line));
                if (Directory.Exists(alternate) && !found.Contains(alternate))
                {
                    found.Add(alternate);
                    pending.Enqueue(alternate);
                }
            }
        }

        return found;
    }

    private static List<string> CheckoutsOf(string common)
    {
        var checkouts = new List<string>();
        if (Path.GetFileName(common) == ".git")
        {
            checkouts.Add(Path.GetDirectoryName(common)!);
        }

        var worktrees = Path.Combine(common, "worktrees");
        foreach (var folder in Directory.EnumerateDirectories(worktrees))
        {
            var gitdir = Path.Combine(folder, "gitdir");
            if (File.Exists(gitdir)
                && Path.GetDirectoryName(Path.GetFullPath(File.ReadAllText(gitdir).Trim(), folder)) is { Length: > 1 } checkout)
            {
                checkouts.Add(checkout);
            }
        }

        return checkouts;
    }

    private static void AddFiltered(List<(string Source, string Target)> shown, string config, string common)
    {
        if (File.Exists(config))
        {
            shown.Add((FilteredGitConfig.Write(config, Path.Combine(common, "agent-ide", "sandbox")), config));
        }
    }
}
