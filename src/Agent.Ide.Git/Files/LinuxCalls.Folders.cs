using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>Listing and renaming by bytes: .NET loses names that are no UTF-8.</summary>
internal static partial class LinuxCalls
{
    public const int CrossDevice = 18;

    /// <summary>What a folder's own list says that an entry is; 0 where it does not say.</summary>
    public const byte EntryFolder = 4;
    public const byte EntryFile = 8;

    /// <summary>Every name in an open folder but <c>.</c> and <c>..</c>, in the order of the file system.</summary>
    /// <returns>Null when the system refuses.</returns>
    public static unsafe List<(byte[] Name, byte Type)>? List(SafeFileHandle folder)
    {
        // struct linux_dirent64: inode (8), offset (8), length of the record (2), type (1), name up to a NUL.
        const int LengthOffset = 16;
        const int TypeOffset = 18;
        const int NameOffset = 19;
        var entries = new List<(byte[], byte)>();
        var buffer = new byte[32 * 1024];
        while (true)
        {
            long read;
            fixed (byte* pointer = buffer)
            {
                read = GetEntriesCall(ListNumber, (int)folder.DangerousGetHandle(), pointer, (nuint)buffer.Length);
            }

            if (read <= 0)
            {
                return read < 0 ? null : entries;
            }

            for (var rest = buffer.AsSpan(0, (int)read); !rest.IsEmpty;)
            {
                var record = rest[..BinaryPrimitives.ReadUInt16LittleEndian(rest[LengthOffset..])];
                var name = record[NameOffset..];
                name = name[..name.IndexOf((byte)0)];
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    entries.Add((name.ToArray(), record[TypeOffset]));
                }

                rest = rest[record.Length..];
            }
        }
    }

    /// <summary>Renames across folders of one file system; what has the new name is replaced as rename(2) does it.</summary>
    /// <returns>0, or the system's error.</returns>
    public static unsafe int Rename(byte[] from, byte[] to)
    {
        fixed (byte* source = Terminated(from))
        fixed (byte* target = Terminated(to))
        {
            return RenameCall(CurrentFolder, source, CurrentFolder, target) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <returns>0, or the system's error.</returns>
    public static unsafe int RemoveFile(byte[] path)
    {
        fixed (byte* pointer = Terminated(path))
        {
            return UnlinkAtCall(CurrentFolder, pointer, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <returns>0, or the system's error.</returns>
    public static unsafe int MakeFolder(byte[] path)
    {
        const int Everybody = 0x1FF;
        fixed (byte* pointer = Terminated(path))
        {
            return MakeFolderCall(CurrentFolder, pointer, Everybody) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Type, permission bits and length of what has a path, links not followed; null when nothing can be said of it.</summary>
    public static unsafe (int Mode, long Length)? Look(byte[] path)
    {
        const int NoFollowLinks = 0x100;
        const uint ModeAndSize = 0x203;
        var answer = default(StatxBufferWithSize);
        fixed (byte* pointer = Terminated(path))
        {
            return StatxWithSizeCall(CurrentFolder, pointer, NoFollowLinks, ModeAndSize, &answer) == 0 ? (answer.Mode, answer.Size) : null;
        }
    }

    private static long ListNumber => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 217 : 61;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long GetEntriesCall(long number, long folder, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    private static unsafe partial int MakeFolderCall(int folder, byte* path, int mode);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    private static unsafe partial int RenameCall(int fromFolder, byte* from, int toFolder, byte* to);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatxWithSizeCall(int folder, byte* path, int flags, uint mask, StatxBufferWithSize* answer);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxBufferWithSize
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(40)]
        public long Size;
    }
}
