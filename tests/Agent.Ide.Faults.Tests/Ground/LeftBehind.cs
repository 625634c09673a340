using System.Globalization;

namespace Agent.Ide.Faults.Tests;

/// <summary>What no coordinator may leave behind, however it ended.</summary>
internal static class LeftBehind
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Waits until no process is left that has to do with the ground's repository. A signal takes a moment to end a process, and a
    /// sandbox's processes one more.
    /// </summary>
    public static async Task NoProcessesAsync(Ground ground)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (Processes(ground) is { Count: > 0 } left)
        {
            if (patience.IsCancellationRequested)
            {
                throw new ShouldAssertException("Processes were left behind:\n" + string.Join('\n', left));
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>Lines of what is left once the coordinator has ended in good order; tasks' worktrees, logs and kept refs are no leftovers.</summary>
    public static IReadOnlyList<string> Files(Ground ground)
    {
        var left = new List<string>();
        left.AddRange(Directory.EnumerateFileSystemEntries(ground.TemporaryFolder));
        left.AddRange(Directory.EnumerateFiles(ground.RuntimeFolder, "*", SearchOption.AllDirectories));
        left.AddRange(Directory.EnumerateFiles(ground.CommonDirectory, "*.lock", SearchOption.AllDirectories)
            .Where(path => path != ground.Location.LockFile)); // Its content is nothing; whoever holds it open has the lock.
        if (File.Exists(ground.Location.EndpointFile))
        {
            left.Add(ground.Location.EndpointFile);
        }

        foreach (var folder in (ReadOnlySpan<string>)["tmp", "scratch", "accept"])
        {
            var path = Path.Combine(ground.StateFolder, folder);
            if (Directory.Exists(path))
            {
                left.AddRange(Directory.EnumerateFileSystemEntries(path));
            }
        }

        return left;
    }

    public static IReadOnlyList<string> Mounts(Ground ground) =>
        // The checkout itself may be a file system that the test has mounted.
        [.. File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(ground.Repository.Folder, StringComparison.Ordinal) && line.Split(' ')[4] != ground.Repository.Path)];

    private static List<string> Processes(Ground ground)
    {
        var found = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == Environment.ProcessId)
            {
                continue;
            }

            try
            {
                var command = File.ReadAllText($"{folder}/cmdline").Replace('\0', ' ');
                var directory = new FileInfo($"{folder}/cwd").LinkTarget ?? string.Empty;
                if (command.Contains(ground.Repository.Folder, StringComparison.Ordinal) || directory.StartsWith(ground.Repository.Folder, StringComparison.Ordinal))
                {
                    found.Add($"{id}: {command}(in {directory})");
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile, or is another user's.
            }
        }

        return found;
    }
}
