using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>
/// A file in git's metadata of a worktree that is being restored: what was set aside is still on its way back. It is moved only into a worktree
/// that is complete, because one that is half made is made again from nothing.
/// </summary>
internal static class RestoreMark
{
    private const string FileName = "agent-ide-restoring";

    public static void Write(string gitDirectory, int keptNumber, string? formerRoot)
    {
        using var stream = new FileStream(Path.Combine(gitDirectory, FileName), FileMode.Create);
        stream.Write(GitPath.EncodeNulTerminated([keptNumber.ToString(CultureInfo.InvariantCulture), formerRoot ?? string.Empty]));
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Brings back what is still aside, if a restore was under way.</summary>
    /// <returns>Paths whose place was taken; they stay aside.</returns>
    public static IReadOnlyList<string> Finish(Worktree worktree, string commonDirectory)
    {
        var path = Path.Combine(worktree.GitDirectory, FileName);
        if (!File.Exists(path) || !Directory.Exists(worktree.Root))
        {
            return [];
        }

        var fields = File.ReadAllText(path).Split('\0');
        var number = int.Parse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture);
        var taken = SetAside.Find(commonDirectory, fields[1].Length > 0 ? fields[1] : null, worktree.Id, number).BringBack(worktree.Root);
        File.Delete(path);
        return taken;
    }
}
