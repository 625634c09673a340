using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Agent.Ide.Protocol.Endpoint;

/// <summary>Folders that only this user can enter. On Windows the profile's own access rules do this.</summary>
public static class PrivateFolder
{
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The effective user id; 0 on Windows.</summary>
    public static uint UserId => OperatingSystem.IsWindows() ? 0 : GetEffectiveUserId();

    /// <exception cref="CoordinatorLocationException">It cannot be created, or is not the user's alone.</exception>
    public static void Prepare(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, Mode);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CoordinatorLocationException(
                $"The folder {folder} for the coordinator's socket cannot be created: {exception.Message}", exception);
        }

        if (FindFault(folder) is { } fault)
        {
            throw new CoordinatorLocationException(
                $"The folder {folder} for the coordinator's socket is refused because it {fault}. Remove it, or set XDG_RUNTIME_DIR to a folder of your own.");
        }
    }

    /// <summary>Why others could meddle with what is in the folder; null when they cannot.</summary>
    public static string? FindFault(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return Directory.Exists(folder) ? null : "does not exist";
        }

        var directory = new DirectoryInfo(folder);
        if (directory.LinkTarget is not null)
        {
            return "is a link";
        }

        if (!directory.Exists)
        {
            return "does not exist";
        }

        if (!IsOwn(folder))
        {
            return "belongs to somebody else";
        }

        return (directory.UnixFileMode & ~Mode) == 0 ? null : "is open to others (its mode must be 0700)";
    }

    /// <summary>Whether the file itself, not what it links to, belongs to this user.</summary>
    public static bool IsOwn(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            return Owner(path) == UserId;
        }

        try
        {
            // Elsewhere there is no stable binary interface to ask. Only an owner may set a mode, also the one it has.
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, File.GetUnixFileMode(path));
            }

            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static uint Owner(string path)
    {
        // struct statx of linux/stat.h, the same on every architecture: 256 bytes, stx_uid at 20.
        const int CurrentDirectory = -100;
        const int NoFollow = 0x100;
        const uint BasicFields = 0x7ff;
        var fields = new byte[256];
        return Statx(CurrentDirectory, path, NoFollow, BasicFields, fields) == 0
            ? BitConverter.ToUInt32(fields, 20)
            : throw new CoordinatorLocationException($"{path} cannot be examined: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(
        int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] fields);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint GetEffectiveUserId();
}
