using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Worker.Files;

/// <summary>
/// The files of one worktree. Every operation resolves its path beneath the root; a way out, also through a link that
/// was made a moment ago, and everything that is no regular file, is refused with <see cref="ToolFailureException"/>.
/// </summary>
public interface IWorktreeFiles : IDisposable
{
    /// <summary>Absolute path of the worktree's folder.</summary>
    string RootPath { get; }

    /// <summary>Opens a regular file for reading, through links that stay inside.</summary>
    OpenedFile OpenRead(WorktreePath path);

    /// <summary>What is there, links not followed; <see cref="EntryKind.None"/> when nothing is.</summary>
    EntryKind Inspect(WorktreePath path);

    /// <summary>The same place without links in it: what a change there has to be called.</summary>
    /// <exception cref="ToolFailureException">It does not exist or leads out.</exception>
    WorktreePath Canonical(WorktreePath path);

    /// <summary>
    /// Replaces or creates a file in one step, parent folders included. A replaced file keeps its permissions; a link that
    /// stays inside keeps pointing and its target is replaced.
    /// </summary>
    /// <returns>The path that changed, without links.</returns>
    WorktreePath Write(WorktreePath path, ReadOnlySpan<byte> content);

    /// <summary>Removes a file, a link (not its target) or an empty folder.</summary>
    /// <returns>The path that is gone, without links in its parents.</returns>
    WorktreePath Delete(WorktreePath path);

    /// <summary>Renames a file, a link or a folder, parent folders of the new path included. Never replaces anything.</summary>
    /// <returns>Both paths without links in their parents.</returns>
    (WorktreePath From, WorktreePath To) Move(WorktreePath from, WorktreePath to);
}

public enum EntryKind
{
    None,
    File,
    Directory,
    Link,

    /// <summary>A FIFO, socket or device.</summary>
    Special,
}

/// <summary>An open regular file.</summary>
/// <param name="Handle">Owned by the receiver.</param>
/// <param name="Length">In bytes, when it was opened.</param>
/// <param name="Path">Where it really lies.</param>
public sealed record OpenedFile(SafeFileHandle Handle, long Length, WorktreePath Path) : IDisposable
{
    public void Dispose() => Handle.Dispose();

    /// <summary>Reads all of it.</summary>
    /// <exception cref="ToolFailureException">It is longer than <paramref name="maxBytes"/>.</exception>
    public byte[] ReadAll(int maxBytes)
    {
        if (Length > maxBytes)
        {
            throw new ToolFailureException(
                Core.Tools.ToolErrors.TooLarge, $"{Path} has {Length} bytes; this tool takes at most {maxBytes}. Use run_command for it.");
        }

        var content = new byte[Length];
        var total = 0;
        int read;
        while (total < content.Length && (read = RandomAccess.Read(Handle, content.AsSpan(total), total)) > 0)
        {
            total += read;
        }

        return total == content.Length ? content : content[..total];
    }
}
