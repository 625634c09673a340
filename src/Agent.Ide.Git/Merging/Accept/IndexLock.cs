using System.Text;

namespace Agent.Ide.Git.Merging.Accept;

/// <summary>
/// git's own lock on a checkout's index (<c>index.lock</c>), held for the length of an accept, so that no git command of the user
/// can write index or files in between. It carries the task's id: a lock that a crash left is told from another git's.
/// </summary>
internal static class IndexLock
{
    private const string Marker = "agent-ide accept ";

    /// <summary>Together about 2.5 s: another git's lock is usually held for milliseconds, or for good.</summary>
    private static readonly int[] WaitsMs = [10, 20, 40, 80, 160, 320, 640, 1280];

    public static string PathOf(string gitDirectory) => Path.Combine(gitDirectory, "index.lock");

    /// <returns>False when another git holds it and does not let go.</returns>
    /// <exception cref="IOException">The lock cannot be written (disk full, no permission).</exception>
    public static async Task<bool> TryAcquireAsync(string gitDirectory, string taskId, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (TryCreate(PathOf(gitDirectory), taskId) || IsHeldFor(gitDirectory, taskId))
            {
                return true;
            }

            if (attempt == WaitsMs.Length)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(WaitsMs[attempt]), time, cancellationToken);
        }
    }

    /// <summary>Whether the lock is there and was made for this task.</summary>
    public static bool IsHeldFor(string gitDirectory, string taskId) => Read(PathOf(gitDirectory)) == Marker + taskId;

    /// <summary>Lets go of the lock if it is this task's.</summary>
    public static void Release(string gitDirectory, string taskId)
    {
        if (IsHeldFor(gitDirectory, taskId))
        {
            File.Delete(PathOf(gitDirectory));
        }
    }

    /// <summary>Removes locks of this product that no journal knows, from every checkout of the repository.</summary>
    /// <param name="commonDirectory">The common git directory.</param>
    /// <param name="known">Ids of tasks that have a journal.</param>
    public static void ReleaseOrphans(string commonDirectory, IReadOnlyCollection<string> known)
    {
        var worktrees = Path.Combine(commonDirectory, "worktrees");
        var folders = Directory.Exists(worktrees) ? Directory.EnumerateDirectories(worktrees) : [];
        foreach (var path in folders.Prepend(commonDirectory).Select(PathOf).Where(File.Exists))
        {
            var content = Read(path);
            if (content is not null && content.StartsWith(Marker, StringComparison.Ordinal) && !known.Contains(content[Marker.Length..]))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>The beginning of a lock: another git's may hold a whole index.</summary>
    private static string? Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[256];
            return Encoding.UTF8.GetString(buffer, 0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static bool TryCreate(string path, string taskId)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            stream.Write(Encoding.UTF8.GetBytes(Marker + taskId));
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }
}
