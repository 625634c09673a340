using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>The few system calls .NET does not offer, with the constants of Linux on x64 and arm64.</summary>
[SupportedOSPlatform("linux")]
internal static partial class LinuxCalls
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int NoTerminal = 0x100;
    public const int Truncate = 0x200;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int Path = 0x200000;

    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int CrossesRoot = 18;
    public const int NotAFolder = 20;
    public const int IsAFolder = 21;
    public const int NameTooLong = 36;
    public const int NoSuchCall = 38;
    public const int Loop = 40;

    public const int TypeMask = 0xF000;
    public const int TypeFile = 0x8000;
    public const int TypeLink = 0xA000;
    public const int TypeFolder = 0x4000;
    public const int TypeFifo = 0x1000;

    private const int CurrentFolder = -100;
    private const long OpenAt2Number = 437;
    private const ulong ResolveNoMagicLinks = 0x02;
    private const ulong ResolveNoSymlinks = 0x04;
    private const ulong ResolveBeneath = 0x08;
    private const int EmptyPath = 0x1000;
    private const uint StatxTypeAndMode = 0x3;

    /// <summary>These two bits changed places on arm.</summary>
    public static int NoFollow { get; } = IsArm ? 0x8000 : 0x20000;

    public static int Directory { get; } = IsArm ? 0x4000 : 0x10000;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    /// <summary>Opens an absolute path; an invalid handle on failure, with the error set.</summary>
    public static unsafe SafeFileHandle Open(byte[] path, int flags)
    {
        fixed (byte* pointer = Terminated(path))
        {
            return new SafeFileHandle(OpenAtCall(CurrentFolder, pointer, flags), ownsHandle: true);
        }
    }

    public static unsafe SafeFileHandle? OpenAt(SafeFileHandle folder, byte[] name, int flags, out int error)
    {
        fixed (byte* pointer = Terminated(name))
        {
            return Wrap(OpenAtCall((int)folder.DangerousGetHandle(), pointer, flags), out error);
        }
    }

    public static unsafe SafeFileHandle? OpenBeneath(SafeFileHandle root, byte[] path, int flags, out int error)
    {
        var how = new OpenHow { Flags = (ulong)flags, Resolve = ResolveNoMagicLinks | ResolveNoSymlinks | ResolveBeneath };
        fixed (byte* pointer = Terminated(path))
        {
            return Wrap((int)OpenAt2Call(OpenAt2Number, (int)root.DangerousGetHandle(), pointer, &how, (nuint)sizeof(OpenHow)), out error);
        }
    }

    /// <summary>Type and permission bits; null when the system refuses.</summary>
    public static unsafe int? ModeOf(SafeFileHandle handle)
    {
        var answer = default(StatxBuffer);
        byte empty = 0;
        return StatxCall((int)handle.DangerousGetHandle(), &empty, EmptyPath, StatxTypeAndMode, &answer) == 0 ? answer.Mode : null;
    }

    /// <summary>Target of a link opened with <see cref="Path"/>; null when it is no link.</summary>
    public static unsafe byte[]? ReadLink(SafeFileHandle link, int maxBytes)
    {
        var buffer = new byte[maxBytes];
        byte empty = 0;
        fixed (byte* pointer = buffer)
        {
            var length = ReadLinkAtCall((int)link.DangerousGetHandle(), &empty, pointer, (nuint)maxBytes);
            return length < 0 ? null : buffer[..(int)length];
        }
    }

    /// <summary>Removes a name from a folder: a file or link, or an empty folder.</summary>
    /// <returns>0, or the system's error.</returns>
    public static unsafe int Remove(SafeFileHandle folder, byte[] name, bool isFolder)
    {
        const int RemoveFolder = 0x200;
        fixed (byte* pointer = Terminated(name))
        {
            return UnlinkAtCall((int)folder.DangerousGetHandle(), pointer, isFolder ? RemoveFolder : 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Starts writing a file's pages to the disk and does not wait; what follows can then wait for all files at once.</summary>
    public static void StartWriting(SafeFileHandle handle)
    {
        const uint Write = 2;

        // A mere head start: where it is not supported, the flush that follows does all of the work.
        _ = SyncFileRangeCall((int)handle.DangerousGetHandle(), 0, 0, Write);
    }

    private static byte[] Terminated(byte[] path)
    {
        var copy = new byte[path.Length + 1];
        path.CopyTo(copy, 0);
        return copy;
    }

    private static SafeFileHandle? Wrap(int descriptor, out int error)
    {
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static unsafe partial int OpenAtCall(int folder, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long OpenAt2Call(long number, long folder, byte* path, OpenHow* how, nuint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatxCall(int folder, byte* path, int flags, uint mask, StatxBuffer* answer);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    private static unsafe partial nint ReadLinkAtCall(int folder, byte* path, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    private static unsafe partial int UnlinkAtCall(int folder, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncFileRangeCall(int file, long offset, long length, uint flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary>struct statx: the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxBuffer
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(80)]
        public long BirthSeconds;

        [FieldOffset(88)]
        public uint BirthNanoseconds;
    }
}
