using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>
/// Where the kernel cannot resolve a path beneath a root: each folder on the way is checked for being a link before the
/// file is opened. A link planted between the check and the opening is followed; on such systems commands run only with a
/// person's approval.
/// </summary>
internal sealed class PortableWorktreeFiles : WorktreeFiles
{
    private readonly string _root;

    public PortableWorktreeFiles(string root)
    {
        _root = root;
    }

    public override FoundPath Look(string path)
    {
        var full = _root;
        var parts = path.Split('/');
        for (var index = 0; index < parts.Length; index++)
        {
            full = Path.Combine(full, parts[index]);
            FileAttributes attributes;
            try
            {
                attributes = File.GetAttributes(full);
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                return new FoundPath(PathKind.Missing);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return new FoundPath(PathKind.Refused);
            }

            var last = index == parts.Length - 1;
            if (attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                return new FoundPath(last ? PathKind.Link : PathKind.BeyondLink);
            }

            if (last)
            {
                return attributes.HasFlag(FileAttributes.Directory) ? new FoundPath(PathKind.Folder)
                    : attributes.HasFlag(FileAttributes.Device) ? new FoundPath(PathKind.Special)
                    : new FoundPath(PathKind.File);
            }
        }

        return new FoundPath(PathKind.Folder);
    }

    public override SafeFileHandle? OpenFile(string path) => OpenHandle(path, FileMode.Open, FileAccess.Read);

    public override SafeFileHandle? OpenFileForWriting(string path) => OpenHandle(path, FileMode.Truncate, FileAccess.Write);

    public override SafeFileHandle? CreateFile(string path, UnixFileMode permissions)
    {
        try
        {
            if (!MakeFolderOf(path))
            {
                return null;
            }

            var handle = File.OpenHandle(Path.Combine(_root, path), FileMode.CreateNew, FileAccess.Write);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(handle, permissions);
            }

            return handle;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public override bool CreateLink(string path, byte[] target)
    {
        try
        {
            if (!MakeFolderOf(path))
            {
                return false;
            }

            File.CreateSymbolicLink(Path.Combine(_root, path), GitPath.Decode(target));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public override string? IdentityOf(SafeFileHandle file) => null;

    public override byte[]? ReadLink(string path) =>
        Look(path).Kind == PathKind.Link && File.ResolveLinkTarget(Path.Combine(_root, path), returnFinalTarget: false) is { } target
            ? GitPath.Encode(target.FullName.Replace('\\', '/'))
            : null;

    public override bool Delete(string path)
    {
        if (Look(path).Kind is not (PathKind.File or PathKind.Link))
        {
            return true;
        }

        try
        {
            File.Delete(Path.Combine(_root, path));
            for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                var folder = Path.Combine(_root, path[..slash]);
                if (Directory.EnumerateFileSystemEntries(folder).Any())
                {
                    break;
                }

                Directory.Delete(folder);
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public override void Dispose()
    {
        // It holds no handle between calls.
    }

    private bool MakeFolderOf(string path)
    {
        if (Look(path).Kind != PathKind.Missing)
        {
            return false;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
        return true;
    }

    private SafeFileHandle? OpenHandle(string path, FileMode mode, FileAccess access)
    {
        if (Look(path).Kind != PathKind.File)
        {
            return null;
        }

        try
        {
            return File.OpenHandle(Path.Combine(_root, path), mode, access, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
