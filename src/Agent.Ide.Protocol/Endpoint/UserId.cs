using System.Runtime.InteropServices;

namespace Agent.Ide.Protocol.Endpoint;

/// <summary>Numeric user ids of Unix systems.</summary>
internal static partial class UserId
{
    /// <summary>STATX_UID of statx(2): only the owner is asked for.</summary>
    private const uint StatxUid = 0x8;

    private const int AtCurrentFolder = -100;
    private const int AtSymlinkNoFollow = 0x100;

    /// <summary>struct statx has 256 bytes; stx_uid lies at 20.</summary>
    private const int StatxBytes = 256;
    private const int UidOffset = 20;

    public static uint Effective => GetEffectiveUserId();

    /// <summary>Null where the system cannot say (not Linux).</summary>
    public static uint? OwnerOf(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var buffer = new byte[StatxBytes];
        return Statx(AtCurrentFolder, path, AtSymlinkNoFollow, StatxUid, buffer) == 0 ? BitConverter.ToUInt32(buffer, UidOffset) : null;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] buffer);
}
