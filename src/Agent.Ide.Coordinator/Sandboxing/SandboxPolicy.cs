using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>Which network a sandbox sees.</summary>
public enum SandboxNetwork
{
    /// <summary>A loopback interface of its own and nothing else; the host's loopback servers are out of reach too.</summary>
    None,

    /// <summary>The host's network, only where a person asked for it: the host's loopback servers become reachable.</summary>
    Full,
}

/// <summary>
/// What a sandbox may see. Everything not named here or needed by ordinary programs (<see cref="SystemMounts"/>) is absent.
/// All paths are absolute and free of symbolic links.
/// </summary>
public sealed record SandboxPolicy
{
    /// <summary>Default bound of each private memory file system (<c>/tmp</c>, the home folder), in bytes.</summary>
    public const long DefaultScratchBytes = 2L * 1024 * 1024 * 1024;

    /// <summary>The only folder of the host that is writable, and the working directory.</summary>
    public required string WorktreePath { get; init; }

    /// <summary>What of the repository's git directory is readable; null hides all of it.</summary>
    public GitView? Git { get; init; }

    /// <summary>Further files or folders to show read-only: the program's own folder, a runtime outside of <c>/usr</c>.</summary>
    public IReadOnlyList<string> ReadOnlyPaths { get; init; } = [];

    /// <summary>Folders that stay hidden although a folder above them is shown, such as a checkout below <c>/opt</c>.</summary>
    public IReadOnlyList<string> HiddenPaths { get; init; } = [];

    /// <summary>Whether the user's package caches are shown, read-only.</summary>
    public bool ShowsPackageCaches { get; init; }

    public SandboxNetwork Network { get; init; } = SandboxNetwork.None;

    /// <summary>Bound of each private memory file system, in bytes.</summary>
    public long ScratchBytes { get; init; } = DefaultScratchBytes;

    /// <summary>The policy of a task: its worktree, its view of git, every checkout of the repository and the home folder hidden.</summary>
    /// <param name="worktreePath">A worktree that git knows.</param>
    /// <param name="gitCommonDirectory">The repository's common git directory.</param>
    /// <exception cref="SandboxUnavailableException">The worktree's <c>.git</c> file does not lead to this repository.</exception>
    public static SandboxPolicy ForWorktree(string worktreePath, string gitCommonDirectory)
    {
        var worktree = RealPath.Of(worktreePath);
        var common = RealPath.Of(gitCommonDirectory);
        var git = GitView.Of(worktree, common);
        var hidden = new List<string>(git.Checkouts);
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (home.Length > 1)
        {
            hidden.Add(RealPath.Of(home));
        }

        return new SandboxPolicy { WorktreePath = worktree, Git = git, HiddenPaths = hidden };
    }
}
