using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>
/// A folder of the harness that stands in for a worktree: git reads rules and files from it instead of from the folder an agent
/// controls. Removed when disposed.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    public StagingFolder(string parent)
    {
        Root = Path.Combine(parent, Guid.NewGuid().ToString("N"));
        Tree = Path.Combine(Root, "tree");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Tree);
        }
        else
        {
            Directory.CreateDirectory(Tree, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Holds <see cref="Tree"/> and what must not be taken for a file of it.</summary>
    public string Root { get; }

    /// <summary>The stand-in for the worktree.</summary>
    public string Tree { get; }

    public string IndexFile => Path.Combine(Root, "index");

    /// <summary>Creates a file with its folders.</summary>
    public void Write(string path, ReadOnlySpan<byte> content)
    {
        using var handle = Create(path);
        RandomAccess.Write(handle, content, 0);
    }

    /// <summary>Creates an empty file with its folders and gives it for writing.</summary>
    public SafeFileHandle Create(string path)
    {
        var full = Path.Combine(Tree, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return File.OpenHandle(full, FileMode.Create, FileAccess.Write);
    }

    /// <summary>Removes what crashed runs left behind.</summary>
    public static void RemoveOld(string parent, TimeSpan age)
    {
        var folder = new DirectoryInfo(parent);
        if (!folder.Exists)
        {
            return;
        }

        foreach (var old in folder.EnumerateDirectories().Where(entry => DateTime.UtcNow - entry.LastWriteTimeUtc > age))
        {
            old.Delete(recursive: true);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
