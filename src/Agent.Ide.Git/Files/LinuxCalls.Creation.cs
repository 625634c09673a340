using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>Making files, links and folders below an open folder.</summary>
internal static partial class LinuxCalls
{
    private const int Create = 0x40;
    private const int MustNotExist = 0x80;
    private const int OwnerOnly = 0x180;
    private const int FolderPermissions = 0x1FF;
    private const uint StatxInodeAndBirth = 0x100 | 0x800;

    /// <summary>A new regular file for writing, its owner's alone; null when something of that name is there or the system refuses.</summary>
    public static unsafe SafeFileHandle? CreateFile(SafeFileHandle folder, byte[] name)
    {
        const int Flags = WriteOnly | Create | MustNotExist | CloseOnExec;
        fixed (byte* pointer = Terminated(name))
        {
            return Wrap(CreateAtCall((int)folder.DangerousGetHandle(), pointer, Flags | NoFollow, OwnerOnly), out _);
        }
    }

    /// <summary>A new symbolic link; false when something of that name is there or the system refuses.</summary>
    public static unsafe bool CreateLink(SafeFileHandle folder, byte[] name, byte[] target)
    {
        fixed (byte* pointer = Terminated(name), to = Terminated(target))
        {
            return SymlinkAtCall(to, (int)folder.DangerousGetHandle(), pointer) == 0;
        }
    }

    /// <summary>Makes a folder unless something of that name is there; whoever opens it next sees what it is.</summary>
    public static unsafe void MakeFolder(SafeFileHandle folder, byte[] name)
    {
        fixed (byte* pointer = Terminated(name))
        {
            _ = MakeFolderAtCall((int)folder.DangerousGetHandle(), pointer, FolderPermissions);
        }
    }

    /// <summary>Number and time of birth; the number alone is soon another file's. Null where the file system keeps no such time.</summary>
    public static unsafe string? IdentityOf(SafeFileHandle handle)
    {
        var answer = default(StatxBuffer);
        byte empty = 0;
        return StatxCall((int)handle.DangerousGetHandle(), &empty, EmptyPath, StatxInodeAndBirth, &answer) == 0 && answer.BirthSeconds != 0
            ? string.Create(CultureInfo.InvariantCulture, $"{answer.Inode}.{answer.BirthSeconds}.{answer.BirthNanoseconds}")
            : null;
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static unsafe partial int CreateAtCall(int folder, byte* path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    private static unsafe partial int MakeFolderAtCall(int folder, byte* path, int mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    private static unsafe partial int SymlinkAtCall(byte* target, int folder, byte* path);
}
