namespace Agent.Ide.Worker.Files;

/// <summary>Chooses how this system's worktree files are reached.</summary>
public static class WorktreeFiles
{
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IWorktreeFiles Open(string rootPath) =>
        OperatingSystem.IsLinux() ? new LinuxWorktreeFiles(rootPath) : new PortableWorktreeFiles(rootPath);
}
