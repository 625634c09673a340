using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>
/// Resolves paths beneath the root in the kernel (<c>openat2</c> with <c>RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS</c>); where the kernel or a
/// filter does not know that call, folder by folder with <c>O_NOFOLLOW</c>, which holds just as well.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxWorktreeFiles : WorktreeFiles
{
    private const int MaxLinkBytes = 4096;

    private readonly SafeFileHandle _root;
    private bool _oneByOne;

    public LinuxWorktreeFiles(string root)
    {
        _root = LinuxCalls.Open(GitPath.Encode(root), LinuxCalls.Path | LinuxCalls.Directory | LinuxCalls.CloseOnExec);
        if (_root.IsInvalid)
        {
            throw new GitException(
                GitProblem.Storage,
                $"The worktree {root} cannot be entered: {Marshal.GetLastPInvokeErrorMessage()}. Restore or discard its task.");
        }
    }

    public override FoundPath Look(string path)
    {
        using var handle = OpenBeneath(path, LinuxCalls.Path | LinuxCalls.NoFollow, out var error);
        if (handle is null)
        {
            return new FoundPath(error switch
            {
                LinuxCalls.NoEntry or LinuxCalls.NotAFolder or LinuxCalls.NameTooLong => PathKind.Missing,
                LinuxCalls.Loop or LinuxCalls.CrossesRoot => PathKind.BeyondLink,
                _ => PathKind.Refused,
            });
        }

        return LinuxCalls.ModeOf(handle) switch
        {
            { } mode when (mode & LinuxCalls.TypeMask) == LinuxCalls.TypeFile => new FoundPath(PathKind.File, (mode & 0x40) != 0),
            { } mode when (mode & LinuxCalls.TypeMask) == LinuxCalls.TypeLink => new FoundPath(PathKind.Link),
            { } mode when (mode & LinuxCalls.TypeMask) == LinuxCalls.TypeFolder => new FoundPath(PathKind.Folder),
            null => new FoundPath(PathKind.Refused),
            _ => new FoundPath(PathKind.Special),
        };
    }

    public override SafeFileHandle? OpenFile(string path) => OpenRegular(path, LinuxCalls.ReadOnly);

    public override SafeFileHandle? OpenFileForWriting(string path) => OpenRegular(path, LinuxCalls.WriteOnly | LinuxCalls.Truncate);

    public override SafeFileHandle? CreateFile(string path, UnixFileMode permissions)
    {
        using var folder = OpenOrMakeFolderOf(path, out var opened);
        var handle = opened ? LinuxCalls.CreateFile(folder ?? _root, GitPath.Encode(path[(path.LastIndexOf('/') + 1)..])) : null;
        if (handle is not null)
        {
            // Apart from the creation, which the process's mask would cut.
            File.SetUnixFileMode(handle, permissions);
        }

        return handle;
    }

    public override bool CreateLink(string path, byte[] target)
    {
        using var folder = OpenOrMakeFolderOf(path, out var opened);
        return opened && LinuxCalls.CreateLink(folder ?? _root, GitPath.Encode(path[(path.LastIndexOf('/') + 1)..]), target);
    }

    public override string? IdentityOf(SafeFileHandle file) => LinuxCalls.IdentityOf(file);

    public override byte[]? ReadLink(string path)
    {
        using var handle = OpenBeneath(path, LinuxCalls.Path | LinuxCalls.NoFollow, out _);
        return handle is null ? null : LinuxCalls.ReadLink(handle, MaxLinkBytes);
    }

    public override bool Delete(string path)
    {
        var isFolder = false;
        while (true)
        {
            var slash = path.LastIndexOf('/');
            using var parent = slash < 0 ? null : OpenBeneath(path[..slash], LinuxCalls.Path | LinuxCalls.Directory | LinuxCalls.NoFollow, out _);
            if (slash >= 0 && parent is null)
            {
                return true;
            }

            var error = LinuxCalls.Remove(parent ?? _root, GitPath.Encode(path[(slash + 1)..]), isFolder);
            if (error != 0 || slash < 0)
            {
                // A folder that is not empty stays, and so does one that took a file's place.
                return isFolder || error is 0 or LinuxCalls.NoEntry or LinuxCalls.IsAFolder;
            }

            path = path[..slash];
            isFolder = true;
        }
    }

    /// <summary>Lets a reader that waits at a FIFO see its end; does nothing to anything else, nor where nobody waits.</summary>
    /// <returns>Whether one waited.</returns>
    public bool ReleaseFifo(string path)
    {
        if (Look(path).Kind != PathKind.Special)
        {
            return false;
        }

        using var fifo = OpenBeneath(path, LinuxCalls.WriteOnly | LinuxCalls.NoFollow | LinuxCalls.NonBlocking | LinuxCalls.NoTerminal, out _);
        return fifo is not null;
    }

    public override void Dispose() => _root.Dispose();

    /// <summary>Never waits: a FIFO that took the file's place is opened without blocking, seen and let go.</summary>
    private SafeFileHandle? OpenRegular(string path, int access)
    {
        var handle = OpenBeneath(path, access | LinuxCalls.NoFollow | LinuxCalls.NonBlocking | LinuxCalls.NoTerminal, out _);
        if (handle is null)
        {
            return null;
        }

        if (LinuxCalls.ModeOf(handle) is { } mode && (mode & LinuxCalls.TypeMask) == LinuxCalls.TypeFile)
        {
            return handle;
        }

        handle.Dispose();
        return null;
    }

    /// <returns>Null, too, for the root itself.</returns>
    private SafeFileHandle? OpenOrMakeFolderOf(string path, out bool opened)
    {
        var end = path.LastIndexOf('/');
        opened = end < 0;
        if (opened)
        {
            return null;
        }

        SafeFileHandle? folder = null;
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            var start = path.LastIndexOf('/', slash - 1) + 1;
            var name = GitPath.Encode(path[start..slash]);
            LinuxCalls.MakeFolder(folder ?? _root, name);
            var next = LinuxCalls.OpenAt(
                folder ?? _root, name, LinuxCalls.Path | LinuxCalls.Directory | LinuxCalls.NoFollow | LinuxCalls.CloseOnExec, out _);
            folder?.Dispose();
            folder = next;
            if (folder is null)
            {
                return null;
            }
        }

        opened = true;
        return folder;
    }

    private SafeFileHandle? OpenBeneath(string path, int flags, out int error)
    {
        var bytes = GitPath.Encode(path);
        if (!_oneByOne)
        {
            var handle = LinuxCalls.OpenBeneath(_root, bytes, flags | LinuxCalls.CloseOnExec, out error);
            if (handle is not null || error is not (LinuxCalls.NoSuchCall or LinuxCalls.NotPermitted))
            {
                return handle;
            }

            // Old kernels lack the call, and some container filters answer "not permitted" to what they do not know.
            _oneByOne = true;
        }

        return OpenOneByOne(bytes, flags, out error);
    }

    private SafeFileHandle? OpenOneByOne(byte[] path, int flags, out int error)
    {
        SafeFileHandle? folder = null;
        try
        {
            var rest = path.AsMemory();
            int slash;
            while ((slash = rest.Span.IndexOf((byte)'/')) >= 0)
            {
                var next = LinuxCalls.OpenAt(
                    folder ?? _root, rest[..slash].ToArray(), LinuxCalls.Path | LinuxCalls.Directory | LinuxCalls.NoFollow | LinuxCalls.CloseOnExec, out error);
                if (next is null)
                {
                    // A link answers "not a folder" here; telling the two apart keeps both ways alike.
                    var isLink = error == LinuxCalls.NotAFolder && IsLink(folder ?? _root, rest[..slash].ToArray());
                    error = isLink ? LinuxCalls.Loop : error;
                    return null;
                }

                folder?.Dispose();
                folder = next;
                rest = rest[(slash + 1)..];
            }

            return LinuxCalls.OpenAt(folder ?? _root, rest.ToArray(), flags | LinuxCalls.CloseOnExec, out error);
        }
        finally
        {
            folder?.Dispose();
        }
    }

    private static bool IsLink(SafeFileHandle folder, byte[] name)
    {
        using var handle = LinuxCalls.OpenAt(folder, name, LinuxCalls.Path | LinuxCalls.NoFollow | LinuxCalls.CloseOnExec, out _);
        return handle is not null && LinuxCalls.ModeOf(handle) is { } mode && (mode & LinuxCalls.TypeMask) == LinuxCalls.TypeLink;
    }
}
