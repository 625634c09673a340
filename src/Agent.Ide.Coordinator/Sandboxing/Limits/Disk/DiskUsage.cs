using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Disk;

/// <summary>
/// What a folder that an agent writes to takes on disk: blocks, not lengths, so that a sparse file counts as what it is. The
/// walk follows no link, opens nothing but folders, and holds each while it is in it, so that no name is resolved twice.
/// </summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class DiskUsage
{
    /// <summary>More than anybody needs and more than can be held open: a tree that is deeper counts as larger than any limit.</summary>
    private const int MaxDepth = 1_000;

    private const int BytesPerBlock = 512; // Of statx, whatever the file system's own are (statx(2)).
    private const int NoFollow = 0x100;
    private const int DoNotSync = 0x4000;
    private const uint TypeInodeLinksAndBlocks = 0x1 | 0x4 | 0x100 | 0x400;
    private const int TypeMask = 0xF000;
    private const int TypeFolder = 0x4000;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int CurrentFolder = -100;

    // Where struct dirent of 64-bit Linux has the name.
    private const int NameOffset = 19;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    private static int FolderFlags => CloseOnExec | NonBlocking | (IsArm ? 0x4000 | 0x8000 : 0x10000 | 0x20000);

    /// <summary>Bytes on disk of everything below the folder; what cannot be read counts nothing, for then nothing can be written there either.</summary>
    /// <param name="root">Absolute path.</param>
    /// <param name="enough">The walk ends as soon as it has found more than this.</param>
    /// <param name="cancellationToken">Asked at each folder.</param>
    public static long Measure(string root, long enough, CancellationToken cancellationToken)
    {
        var folders = new Stack<nint>();
        var seen = new HashSet<ulong>();
        var total = 0L;
        try
        {
            var path = Marshal.StringToCoTaskMemUTF8(root);
            try
            {
                Enter(folders, CurrentFolder, (byte*)path);
            }
            finally
            {
                Marshal.FreeCoTaskMem(path);
            }

            while (folders.TryPeek(out var folder) && total <= enough)
            {
                var entry = (byte*)ReadNext(folder);
                if (entry is null)
                {
                    _ = Close(folders.Pop());
                    cancellationToken.ThrowIfCancellationRequested();
                    continue;
                }

                var name = entry + NameOffset;
                if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0)))
                {
                    continue;
                }

                Status status;
                var descriptor = DescriptorOf(folder);
                if (StatusOf(descriptor, name, NoFollow | DoNotSync, TypeInodeLinksAndBlocks, &status) != 0)
                {
                    continue;
                }

                var isFolder = (status.Mode & TypeMask) == TypeFolder;
                if (isFolder || status.Links <= 1 || seen.Add(status.Inode))
                {
                    total += (long)status.Blocks * BytesPerBlock;
                }

                if (isFolder && folders.Count >= MaxDepth)
                {
                    return long.MaxValue;
                }

                if (isFolder)
                {
                    Enter(folders, descriptor, name);
                }
            }

            return total;
        }
        finally
        {
            while (folders.TryPop(out var folder))
            {
                _ = Close(folder);
            }
        }
    }

    /// <summary>Bytes still free in the file system of a folder; null where it does not tell.</summary>
    public static long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).TotalFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static void Enter(Stack<nint> folders, int parent, byte* name)
    {
        var descriptor = Open(parent, name, FolderFlags);
        if (descriptor < 0)
        {
            return;
        }

        var folder = OpenStream(descriptor);
        if (folder == 0)
        {
            _ = CloseDescriptor(descriptor);
            return;
        }

        folders.Push(folder);
    }

    [LibraryImport("libc", EntryPoint = "openat")]
    private static partial int Open(int folder, byte* name, int flags);

    [LibraryImport("libc", EntryPoint = "fdopendir")]
    private static partial nint OpenStream(int descriptor);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static partial nint ReadNext(nint folder);

    [LibraryImport("libc", EntryPoint = "dirfd")]
    private static partial int DescriptorOf(nint folder);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int Close(nint folder);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int StatusOf(int folder, byte* name, int flags, uint mask, Status* status);

    // struct statx is the same on every architecture.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(48)]
        public ulong Blocks;
    }
}
