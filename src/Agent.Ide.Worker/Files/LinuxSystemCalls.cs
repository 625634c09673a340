using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Worker.Files;

/// <summary>
/// The system calls that .NET does not offer: they work on a folder that is held open, so that no name is resolved twice.
/// Numbers from Linux's uapi headers; <c>openat2</c> has the same number on every architecture.
/// </summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class LinuxSystemCalls
{
    public const int OpenPath = 0x200000;
    public const int OpenCloseOnExec = 0x80000;
    public const int OpenNonBlocking = 0x800;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenWriteOnly = 1;

    public const ulong ResolveNoMagicLinks = 0x02;
    public const ulong ResolveNoSymlinks = 0x04;
    public const ulong ResolveBeneath = 0x08;

    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int TryAgain = 11;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int CrossDevice = 18;
    public const int NotADirectory = 20;
    public const int IsADirectory = 21;
    public const int InvalidArgument = 22;
    public const int NoSpace = 28;
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int NotEmpty = 39;
    public const int TooManyLinks = 40;

    public const int RemoveDirectory = 0x200;
    public const uint NoReplace = 1;

    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint TypeModeAndSize = 0x1 | 0x2 | 0x200;
    private const nint OpenAt2Number = 437;

    // O_DIRECTORY and O_NOFOLLOW are among the few flags whose numbers differ.
    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    public static int OpenDirectory => IsArm ? 0x4000 : 0x10000;

    public static int OpenNoFollow => IsArm ? 0x8000 : 0x20000;

    /// <returns>A descriptor, or minus the error number.</returns>
    public static int OpenBeneath(SafeFileHandle folder, string path, int flags, ulong resolve)
    {
        var how = new OpenHow { Flags = (uint)flags, Resolve = resolve };
        var held = false;
        try
        {
            folder.DangerousAddRef(ref held);
            var result = SystemCall(OpenAt2Number, folder.DangerousGetHandle(), path, &how, (nuint)sizeof(OpenHow));
            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
        finally
        {
            if (held)
            {
                folder.DangerousRelease();
            }
        }
    }

    /// <returns>A descriptor, or minus the error number.</returns>
    public static int OpenAt(SafeFileHandle folder, string name, int flags, uint mode = 0)
    {
        var result = OpenAtNative(folder, name, flags, mode);
        return result >= 0 ? result : -Marshal.GetLastPInvokeError();
    }

    /// <returns>A descriptor, or minus the error number.</returns>
    public static int Open(string path, int flags)
    {
        var result = OpenNative(path, flags, 0);
        return result >= 0 ? result : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Type, permissions and size of <paramref name="name"/> in a folder, or of the handle itself when it is empty.</summary>
    /// <returns>0, or minus the error number.</returns>
    public static int Status(SafeFileHandle folder, string name, out ushort mode, out long size)
    {
        StatusBuffer buffer;
        var result = StatusNative(folder, name, NoFollow | (name.Length == 0 ? EmptyPath : 0), TypeModeAndSize, &buffer);
        mode = result == 0 ? buffer.Mode : default;
        size = result == 0 ? (long)buffer.Size : 0;
        return result == 0 ? 0 : -Marshal.GetLastPInvokeError();
    }

    public static int MakeDirectory(SafeFileHandle folder, string name) =>
        MakeDirectoryNative(folder, name, 0x1ff) == 0 ? 0 : -Marshal.GetLastPInvokeError();

    public static int Unlink(SafeFileHandle folder, string name, int flags) =>
        UnlinkNative(folder, name, flags) == 0 ? 0 : -Marshal.GetLastPInvokeError();

    public static int Rename(SafeFileHandle from, string name, SafeFileHandle to, string newName, uint flags)
    {
        var result = flags == 0 ? RenameNative(from, name, to, newName) : RenameNative2(from, name, to, newName, flags);
        return result == 0 ? 0 : -Marshal.GetLastPInvokeError();
    }

    public static int ChangeMode(SafeFileHandle file, uint mode) =>
        ChangeModeNative(file, mode) == 0 ? 0 : -Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint SystemCall(nint number, nint folder, string path, OpenHow* how, nuint size);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAtNative(SafeFileHandle folder, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenNative(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusNative(SafeFileHandle folder, string path, int flags, uint mask, StatusBuffer* buffer);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectoryNative(SafeFileHandle folder, string path, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkNative(SafeFileHandle folder, string path, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameNative(SafeFileHandle from, string name, SafeFileHandle to, string newName);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameNative2(SafeFileHandle from, string name, SafeFileHandle to, string newName, uint flags);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int ChangeModeNative(SafeFileHandle file, uint mode);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    // struct statx is the same on every architecture: 256 bytes, mode at 28, size at 40.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatusBuffer
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(40)]
        public ulong Size;
    }
}
