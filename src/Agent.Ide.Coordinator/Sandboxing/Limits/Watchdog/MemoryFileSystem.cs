using System.Globalization;
using System.Runtime.InteropServices;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Watchdog;

/// <summary>How full the memory file systems are that only a sandbox has.</summary>
internal static partial class MemoryFileSystem
{
    // TMPFS_MAGIC of linux/magic.h.
    private const long Magic = 0x01021994;

    /// <summary>Bytes of memory that files of the folders hold, as a process inside sees them; nothing while it is not inside yet.</summary>
    public static long UsedBytes(int process, IReadOnlyList<string> folders)
    {
        var bytes = 0L;
        foreach (var folder in folders)
        {
            // Before it has changed its root the process sees the host's own folder, which is no concern of its limits.
            if (Status(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/root{folder}")) is { Type: Magic } inside
                && inside.Id != Status(folder)?.Id)
            {
                bytes += (inside.Blocks - inside.FreeBlocks) * inside.BlockSize;
            }
        }

        return bytes;
    }

    private static unsafe FileSystemStatus? Status(string path)
    {
        FileSystemStatus status;
        return StatFs(path, &status) == 0 ? status : null;
    }

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatFs(string path, FileSystemStatus* status);

    // struct statfs of 64-bit Linux: 120 bytes on every architecture .NET has there.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileSystemStatus
    {
        [FieldOffset(0)]
        public long Type;

        [FieldOffset(8)]
        public long BlockSize;

        [FieldOffset(16)]
        public long Blocks;

        [FieldOffset(24)]
        public long FreeBlocks;

        [FieldOffset(56)]
        public long Id;
    }
}
