using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>What a path of a worktree is on disk.</summary>
internal enum PathKind
{
    Missing,
    File,
    Link,
    Folder,

    /// <summary>A FIFO, device or socket.</summary>
    Special,

    /// <summary>A folder on the way to it is a symbolic link, so nothing of the worktree has this path.</summary>
    BeyondLink,

    /// <summary>The system refuses to say.</summary>
    Refused,
}

/// <summary>A path as it was found.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Executable">By its owner; files only.</param>
internal readonly record struct FoundPath(PathKind Kind, bool Executable = false);

/// <summary>
/// Reads files below a root that an agent may change at any moment. A symbolic link anywhere on the way, a FIFO or a
/// device can neither lead out of the root nor make a read wait.
/// </summary>
internal abstract class WorktreeFiles : IDisposable
{
    /// <exception cref="GitException">The root does not exist or may not be entered.</exception>
    public static WorktreeFiles Open(string root) =>
        OperatingSystem.IsLinux() ? new LinuxWorktreeFiles(root) : new PortableWorktreeFiles(root);

    /// <param name="path">Relative, checked by <see cref="PathRules"/>.</param>
    public abstract FoundPath Look(string path);

    /// <summary>Opens a regular file for reading; null when it is not one (any more) or may not be read.</summary>
    public abstract SafeFileHandle? OpenFile(string path);

    /// <summary>Opens a regular file for overwriting from its start; null when it is not one.</summary>
    public abstract SafeFileHandle? OpenFileForWriting(string path);

    /// <summary>Creates a regular file, and the folders on the way to it, for writing.</summary>
    /// <param name="path">Relative, checked by <see cref="PathRules"/>.</param>
    /// <param name="permissions">The nine bits of owner, group and others; only the owner's count where others do not exist.</param>
    /// <returns>Null when something of that name is there, a link is on the way, or the system refuses.</returns>
    public abstract SafeFileHandle? CreateFile(string path, UnixFileMode permissions);

    /// <summary>Creates a symbolic link, and the folders on the way to it.</summary>
    /// <returns>False under the conditions of <see cref="CreateFile"/>.</returns>
    public abstract bool CreateLink(string path, byte[] target);

    /// <summary>
    /// What stays the same when a file is renamed or written to, and no other file of the same file system has had; null where the system
    /// does not tell.
    /// </summary>
    public abstract string? IdentityOf(SafeFileHandle file);

    /// <summary>The target of a symbolic link; null when it is none (any more).</summary>
    public abstract byte[]? ReadLink(string path);

    /// <summary>Removes a file or link and the folders that become empty; a folder of that name is left alone.</summary>
    /// <returns>False when the system refuses.</returns>
    public abstract bool Delete(string path);

    public abstract void Dispose();

    /// <summary>A small file whole; null when it is no regular file or larger than the bound.</summary>
    public byte[]? ReadSmallFile(string path, int maxBytes)
    {
        using var handle = OpenFile(path);
        if (handle is null)
        {
            return null;
        }

        var buffer = new byte[Math.Min(RandomAccess.GetLength(handle), maxBytes) + 1];
        var length = 0;
        int read;
        while (length < buffer.Length && (read = RandomAccess.Read(handle, buffer.AsSpan(length), length)) > 0)
        {
            length += read;
        }

        return length > maxBytes ? null : buffer[..length];
    }
}
