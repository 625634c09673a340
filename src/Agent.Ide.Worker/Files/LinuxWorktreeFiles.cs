using System.Runtime.Versioning;
using Agent.Ide.Core.Tools;
using Microsoft.Win32.SafeHandles;
using static Agent.Ide.Worker.Files.LinuxSystemCalls;

namespace Agent.Ide.Worker.Files;

/// <summary>
/// Resolves every path with <c>openat2</c> beneath a root that is held open: the kernel itself refuses a way out, whatever
/// is renamed or linked meanwhile. Kernels before 5.6 (and filters that forbid the call) get a walk that follows no link.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxWorktreeFiles : IWorktreeFiles
{
    private const int FileTypeMask = 0xf000;
    private const int DirectoryType = 0x4000;
    private const int RegularType = 0x8000;
    private const int LinkType = 0xa000;
    private const int Attempts = 8;

    private readonly SafeFileHandle _root;
    private readonly string _canonicalRoot;
    private readonly bool _walkOnly;

    /// <param name="rootPath">The worktree's folder.</param>
    /// <param name="walkOnly">Behave as on a kernel without <c>openat2</c>.</param>
    public LinuxWorktreeFiles(string rootPath, bool walkOnly = false)
    {
        RootPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(rootPath));
        var descriptor = Open(RootPath, OpenPath | OpenDirectory | OpenCloseOnExec);
        if (descriptor < 0)
        {
            throw new DirectoryNotFoundException($"{RootPath} cannot be opened as a worktree (error {-descriptor}).");
        }

        _root = new SafeFileHandle(descriptor, ownsHandle: true);
        _canonicalRoot = NameOf(_root) ?? RootPath;
        _walkOnly = walkOnly || !KnowsOpenBeneath();
    }

    public string RootPath { get; }

    public OpenedFile OpenRead(WorktreePath path)
    {
        using var place = OpenPlace(path);
        RequireRegular(path, place, out var size);
        var canonical = CanonicalOf(place, path);

        // Reopening what is already held cannot reach anything else, and nothing but a regular file is ever really opened.
        var descriptor = Open(DescriptorPath(place), OpenNonBlocking | OpenCloseOnExec);
        if (descriptor < 0)
        {
            throw Failure(-descriptor, path);
        }

        return new OpenedFile(new SafeFileHandle(descriptor, ownsHandle: true), size, canonical);
    }

    public EntryKind Inspect(WorktreePath path)
    {
        if (path.IsRoot)
        {
            return EntryKind.Directory;
        }

        SafeFileHandle parent;
        try
        {
            parent = OpenPlace(path.Parent, OpenDirectory);
        }
        catch (ToolFailureException failure) when (failure.Code == ToolErrors.NotFound)
        {
            return EntryKind.None;
        }

        using (parent)
        {
            return KindOf(parent, path, out _);
        }
    }

    public WorktreePath Canonical(WorktreePath path)
    {
        using var place = OpenPlace(path);
        return CanonicalOf(place, path);
    }

    public WorktreePath Write(WorktreePath path, ReadOnlySpan<byte> content) => Write(path, content, mayFollow: true);

    public WorktreePath Delete(WorktreePath path)
    {
        using var parent = OpenPlace(path.Parent, OpenDirectory);
        var kind = KindOf(parent, path, out _);
        switch (kind)
        {
            case EntryKind.None:
                throw Failure(NoEntry, path);
            case EntryKind.Special:
                throw NotRegular(path, kind);
            default:
                // Named before anything happens: what turns out to be git's is refused while it is still there.
                var canonical = CanonicalOf(parent, path).Append(path.Name);
                Check(Unlink(parent, path.Name, kind == EntryKind.Directory ? RemoveDirectory : 0), path);
                return canonical;
        }
    }

    public (WorktreePath From, WorktreePath To) Move(WorktreePath from, WorktreePath to)
    {
        using var source = OpenPlace(from.Parent, OpenDirectory);
        var kind = KindOf(source, from, out _);
        if (kind is EntryKind.None or EntryKind.Special)
        {
            throw kind == EntryKind.None ? Failure(NoEntry, from) : NotRegular(from, kind);
        }

        var canonicalFrom = CanonicalOf(source, from).Append(from.Name);
        using var target = OpenParent(to, out var canonicalTo);
        var result = Rename(source, from.Name, target, to.Name, NoReplace);
        if (result is -InvalidArgument or -NotImplemented && KindOf(target, to, out _) == EntryKind.None)
        {
            // A file system without the flag. Nobody else works in this tree during a call, so looking first is enough.
            result = Rename(source, from.Name, target, to.Name, 0);
        }

        if (result == -Exists || (result < 0 && KindOf(target, to, out _) != EntryKind.None))
        {
            throw new ToolFailureException(ToolErrors.AlreadyExists, $"{to} exists already; nothing was moved. Delete it first or choose another name.");
        }

        Check(result, from);
        return (canonicalFrom, canonicalTo);
    }

    public void Dispose() => _root.Dispose();

    private WorktreePath Write(WorktreePath path, ReadOnlySpan<byte> content, bool mayFollow)
    {
        using var parent = OpenParent(path, out var canonical);
        var kind = KindOf(parent, path, out var mode);
        if (kind == EntryKind.Link)
        {
            // A target has no links in it; where one appears all the same, somebody is playing with the tree.
            return mayFollow ? Write(TargetOf(path), content, mayFollow: false) : throw Failure(TooManyLinks, path);
        }

        if (kind is not (EntryKind.None or EntryKind.File))
        {
            throw NotRegular(path, kind);
        }

        var temporary = $".agent-ide-{Guid.NewGuid():N}.tmp";
        var descriptor = OpenAt(
            parent, temporary, OpenWriteOnly | OpenCreate | OpenExclusive | OpenNoFollow | OpenCloseOnExec, kind == EntryKind.File ? 0x180u : 0x1b6u);
        if (descriptor < 0)
        {
            throw Failure(-descriptor, path);
        }

        try
        {
            using (var file = new SafeFileHandle(descriptor, ownsHandle: true))
            {
                RandomAccess.Write(file, content, 0);
                if (kind == EntryKind.File)
                {
                    Check(ChangeMode(file, mode & 0x1ffu), path);
                }
            }

            Check(Rename(parent, temporary, parent, path.Name, 0), path);
        }
        catch (Exception exception) when (exception is IOException or ToolFailureException)
        {
            Unlink(parent, temporary, 0);
            throw exception as ToolFailureException ?? new ToolFailureException(ToolErrors.Failed, $"{path} could not be written: {exception.Message}");
        }

        return canonical;
    }

    private bool KnowsOpenBeneath()
    {
        var descriptor = OpenBeneath(_root, ".", OpenPath | OpenCloseOnExec, ResolveBeneath);
        if (descriptor < 0)
        {
            return false;
        }

        new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
        return true;
    }

    /// <summary>Holds what a path leads to without opening it: nothing is read, no device is woken, no FIFO blocks.</summary>
    private SafeFileHandle OpenPlace(WorktreePath path, int flags = 0)
    {
        var descriptor = TryOpenPlace(path, flags);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(-descriptor, path);
    }

    private int TryOpenPlace(WorktreePath path, int flags)
    {
        flags |= OpenPath | OpenCloseOnExec;
        if (_walkOnly)
        {
            return Walk(path, flags);
        }

        var descriptor = -TryAgain;
        for (var attempt = 0; attempt < Attempts && descriptor == -TryAgain; attempt++)
        {
            // The kernel asks to try again when something on the way was renamed meanwhile.
            descriptor = OpenBeneath(_root, path.IsRoot ? "." : path.ToString(), flags, ResolveBeneath | ResolveNoMagicLinks);
        }

        return descriptor;
    }

    private int Walk(WorktreePath path, int flags)
    {
        var current = _root;
        try
        {
            for (var i = 0; i <= path.Components.Count; i++)
            {
                var isLast = i >= path.Components.Count - 1;
                var name = path.IsRoot ? "." : path.Components[i];
                var descriptor = OpenAt(current, name, (isLast ? flags : flags | OpenDirectory) | OpenNoFollow);
                if (descriptor < 0)
                {
                    return descriptor == -NotADirectory && KindOf(current, name, out _) == EntryKind.Link ? -TooManyLinks : descriptor;
                }

                if (isLast)
                {
                    var last = new SafeFileHandle(descriptor, ownsHandle: false);
                    if (Status(last, string.Empty, out var mode, out _) == 0 && (mode & FileTypeMask) == LinkType)
                    {
                        new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
                        return -TooManyLinks;
                    }

                    return descriptor;
                }

                var next = new SafeFileHandle(descriptor, ownsHandle: true);
                if (!ReferenceEquals(current, _root))
                {
                    current.Dispose();
                }

                current = next;
            }

            return -NoEntry;
        }
        finally
        {
            if (!ReferenceEquals(current, _root))
            {
                current.Dispose();
            }
        }
    }

    /// <summary>Opens the folder a new entry goes into, making what is missing.</summary>
    private SafeFileHandle OpenParent(WorktreePath path, out WorktreePath canonical)
    {
        var descriptor = TryOpenPlace(path.Parent, OpenDirectory);
        SafeFileHandle parent;
        if (descriptor == -NoEntry && path.Components.Count > 1)
        {
            using var above = OpenParent(path.Parent, out _);
            var made = MakeDirectory(above, path.Parent.Name);
            if (made is < 0 and not -Exists)
            {
                throw Failure(-made, path.Parent);
            }

            parent = OpenPlace(path.Parent, OpenDirectory);
        }
        else
        {
            parent = descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(-descriptor, path.Parent);
        }

        try
        {
            canonical = CanonicalOf(parent, path.Parent).Append(path.Name);
            return parent;
        }
        catch
        {
            parent.Dispose();
            throw;
        }
    }

    private WorktreePath TargetOf(WorktreePath link)
    {
        try
        {
            using var place = OpenPlace(link);
            RequireRegular(link, place, out _);
            return CanonicalOf(place, link);
        }
        catch (ToolFailureException failure) when (failure.Code == ToolErrors.NotFound)
        {
            throw new ToolFailureException(ToolErrors.NotFound, $"{link} is a link to something that does not exist; delete the link first.");
        }
    }

    private static EntryKind KindOf(SafeFileHandle parent, WorktreePath path, out ushort mode)
    {
        var result = Status(parent, path.Name, out mode, out _);
        return result switch
        {
            0 => Kind(mode),
            -NoEntry => EntryKind.None,
            _ => throw Failure(-result, path),
        };
    }

    private static EntryKind KindOf(SafeFileHandle parent, string name, out ushort mode) =>
        Status(parent, name, out mode, out _) == 0 ? Kind(mode) : EntryKind.None;

    private static EntryKind Kind(ushort mode) => (mode & FileTypeMask) switch
    {
        RegularType => EntryKind.File,
        DirectoryType => EntryKind.Directory,
        LinkType => EntryKind.Link,
        _ => EntryKind.Special,
    };

    private static void RequireRegular(WorktreePath path, SafeFileHandle place, out long size)
    {
        var result = Status(place, string.Empty, out var mode, out size);
        Check(result, path);
        var kind = Kind(mode);
        if (kind != EntryKind.File)
        {
            throw NotRegular(path, kind);
        }
    }

    private WorktreePath CanonicalOf(SafeFileHandle place, WorktreePath asked)
    {
        var name = NameOf(place);
        if (name is null)
        {
            // Without /proc only a walk that follows no link is sure of its name.
            return _walkOnly ? asked : throw new ToolFailureException(ToolErrors.Failed, $"{asked} cannot be resolved: /proc is missing.");
        }

        if (name == _canonicalRoot)
        {
            return WorktreePath.FromCanonical(string.Empty);
        }

        return name.StartsWith(_canonicalRoot, StringComparison.Ordinal) && name[_canonicalRoot.Length] == '/'
            ? WorktreePath.FromCanonical(name[_canonicalRoot.Length..])
            : throw WorktreePath.Outside(asked.ToString());
    }

    private static string DescriptorPath(SafeFileHandle handle) => $"/proc/self/fd/{handle.DangerousGetHandle()}";

    private static string? NameOf(SafeFileHandle handle) => new FileInfo(DescriptorPath(handle)).LinkTarget;

    private static void Check(int result, WorktreePath path)
    {
        if (result < 0)
        {
            throw Failure(-result, path);
        }
    }

    private static ToolFailureException NotRegular(WorktreePath path, EntryKind kind) => new(
        ToolErrors.NotARegularFile,
        kind == EntryKind.Directory
            ? $"{path} is a folder; list_files shows what is in it."
            : $"{path} is no regular file (a FIFO, socket or device); file tools do not touch it.");

    private static ToolFailureException Failure(int error, WorktreePath path) => error switch
    {
        NoEntry => new(ToolErrors.NotFound, $"{path} does not exist."),
        CrossDevice => new(ToolErrors.OutsideWorktree, $"{path} leads out of the repository through a link; use the file itself."),
        TooManyLinks => new(ToolErrors.OutsideWorktree, $"{path} goes through a link that cannot be followed; use the file itself."),
        NotADirectory => new(ToolErrors.NotFound, $"{path}: a part of this path is a file, not a folder."),
        IsADirectory => new(ToolErrors.NotARegularFile, $"{path} is a folder."),
        NotEmpty or Exists => new(ToolErrors.NotARegularFile, $"{path} is a folder that is not empty; delete its files first."),
        AccessDenied or NotPermitted => new(ToolErrors.Failed, $"{path}: permission denied."),
        NoSpace => new(ToolErrors.Failed, $"{path} could not be written: the disk is full."),
        NameTooLong => new(ToolErrors.InvalidArguments, $"{WorktreePath.Shorten(path.ToString())}: a name in this path is too long."),
        _ => new(ToolErrors.Failed, $"{path}: the system refused it (error {error})."),
    };
}
