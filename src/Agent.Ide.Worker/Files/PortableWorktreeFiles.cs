using Agent.Ide.Core.Tools;

namespace Agent.Ide.Worker.Files;

/// <summary>
/// For systems without <c>openat2</c>: looks at every component before it uses a path and follows no link at all. Between
/// the look and the use a program could swap one, which is why such systems have no sandboxed commands.
/// </summary>
internal sealed class PortableWorktreeFiles : IWorktreeFiles
{
    public PortableWorktreeFiles(string rootPath)
    {
        RootPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(rootPath));
        if (!Directory.Exists(RootPath))
        {
            throw new DirectoryNotFoundException($"{RootPath} cannot be opened as a worktree.");
        }
    }

    public string RootPath { get; }

    public OpenedFile OpenRead(WorktreePath path)
    {
        RequireFile(path, Inspect(path));
        return Guard(path, () =>
        {
            var handle = File.OpenHandle(FullPath(path));
            return new OpenedFile(handle, RandomAccess.GetLength(handle), path);
        });
    }

    public EntryKind Inspect(WorktreePath path)
    {
        var folder = RootPath;
        for (var i = 0; i < path.Components.Count; i++)
        {
            folder = Path.Combine(folder, path.Components[i]);
            var kind = KindOf(folder);
            if (i == path.Components.Count - 1 || kind == EntryKind.None)
            {
                return kind;
            }

            if (kind == EntryKind.Link)
            {
                throw new ToolFailureException(ToolErrors.OutsideWorktree, $"{path} goes through a link, which is not followed here; use the file itself.");
            }
        }

        return EntryKind.Directory;
    }

    public WorktreePath Canonical(WorktreePath path) => Inspect(path) switch
    {
        EntryKind.None => throw NotFound(path),
        EntryKind.Link => throw new ToolFailureException(ToolErrors.OutsideWorktree, $"{path} is a link, which is not followed here."),
        _ => path,
    };

    public WorktreePath Write(WorktreePath path, ReadOnlySpan<byte> content)
    {
        var kind = Inspect(path);
        if (kind != EntryKind.None)
        {
            RequireFile(path, kind);
        }

        var target = FullPath(path);
        var temporary = Path.Combine(Path.GetDirectoryName(target)!, $".agent-ide-{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using (var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(handle, content, 0);
            }

            if (kind == EntryKind.File && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target) & (UnixFileMode)0x1ff);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw Failed(path, exception);
        }

        return path;
    }

    public WorktreePath Delete(WorktreePath path)
    {
        var kind = Inspect(path);
        var target = FullPath(path);
        return Guard(path, () =>
        {
            switch (kind)
            {
                case EntryKind.None:
                    throw NotFound(path);
                case EntryKind.Special:
                    throw NotRegular(path);
                case EntryKind.Directory when Directory.EnumerateFileSystemEntries(target).Any():
                    throw new ToolFailureException(ToolErrors.NotARegularFile, $"{path} is a folder that is not empty; delete its files first.");
                case EntryKind.Directory:
                    Directory.Delete(target);
                    break;
                default:
                    File.Delete(target);
                    break;
            }

            return path;
        });
    }

    public (WorktreePath From, WorktreePath To) Move(WorktreePath from, WorktreePath to)
    {
        var kind = Inspect(from);
        if (kind is EntryKind.None or EntryKind.Special)
        {
            throw kind == EntryKind.None ? NotFound(from) : NotRegular(from);
        }

        if (Inspect(to) != EntryKind.None)
        {
            throw new ToolFailureException(ToolErrors.AlreadyExists, $"{to} exists already; nothing was moved. Delete it first or choose another name.");
        }

        return Guard(from, () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FullPath(to))!);
            if (kind == EntryKind.Directory)
            {
                Directory.Move(FullPath(from), FullPath(to));
            }
            else
            {
                File.Move(FullPath(from), FullPath(to), overwrite: false);
            }

            return (from, to);
        });
    }

    public void Dispose()
    {
        // Nothing is held open.
    }

    private string FullPath(WorktreePath path) => Path.Combine([RootPath, .. path.Components]);

    private static EntryKind KindOf(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
        {
            return EntryKind.Link;
        }

        if (Directory.Exists(path))
        {
            return EntryKind.Directory;
        }

        if (!file.Exists)
        {
            return EntryKind.None;
        }

        return OperatingSystem.IsWindows() || file.Length > 0 || CanSeek(path) ? EntryKind.File : EntryKind.Special;
    }

    /// <summary>Tells an empty file from a FIFO or device, which have no length either; opened both ways a FIFO does not block.</summary>
    private static bool CanSeek(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return stream.CanSeek;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void RequireFile(WorktreePath path, EntryKind kind)
    {
        switch (kind)
        {
            case EntryKind.File:
                return;
            case EntryKind.None:
                throw NotFound(path);
            case EntryKind.Directory:
                throw new ToolFailureException(ToolErrors.NotARegularFile, $"{path} is a folder; list_files shows what is in it.");
            case EntryKind.Link:
                throw new ToolFailureException(ToolErrors.OutsideWorktree, $"{path} is a link, which is not followed here; use the file itself.");
            default:
                throw NotRegular(path);
        }
    }

    private static T Guard<T>(WorktreePath path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, exception);
        }
    }

    private static ToolFailureException NotFound(WorktreePath path) => new(ToolErrors.NotFound, $"{path} does not exist.");

    private static ToolFailureException NotRegular(WorktreePath path) =>
        new(ToolErrors.NotARegularFile, $"{path} is no regular file (a FIFO, socket or device); file tools do not touch it.");

    private static ToolFailureException Failed(WorktreePath path, Exception exception) =>
        new(ToolErrors.Failed, $"{path}: {exception.Message}");
}
