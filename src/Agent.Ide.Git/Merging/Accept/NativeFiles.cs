using System.Runtime.InteropServices;

namespace Agent.Ide.Git.Merging.Accept;

/// <summary>What lies at a path, links not followed.</summary>
internal enum FileKind
{
    None,
    Folder,

    /// <summary>A file, a link, or anything else that is not a folder.</summary>
    File,
}

/// <summary>
/// The few file operations .NET does not offer: looking at names that are not UTF-8, a second name for a file, and making a folder's
/// entries durable. On Windows names are text, and the other two have no counterpart that is needed.
/// </summary>
internal static class NativeFiles
{
    private const int NotPermitted = 1;
    private const int NoEntry = 2;
    private const int NotAFolder = 20;
    private const int Invalid = 22;

    /// <param name="root">Absolute.</param>
    /// <param name="path">Below it, as <see cref="GitPath"/> decodes it. Must not be empty.</param>
    public static FileKind Look(string root, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            var full = Path.Combine(root, path);
            var info = new FileInfo(full);
            return info.LinkTarget is not null || info.Exists ? FileKind.File : Directory.Exists(full) ? FileKind.Folder : FileKind.None;
        }

        // readlink answers for links, says EINVAL for everything else that exists, and never opens anything.
        var answer = ReadLinkError(NativePath(root, path));
        if (answer is NoEntry or NotAFolder)
        {
            return FileKind.None;
        }

        return answer == Invalid && ReadLinkError(NativePath(root, path + "/.")) == Invalid ? FileKind.Folder : FileKind.File;
    }

    /// <summary>Gives a file a second name, so that its content outlives the first; false where that is not possible.</summary>
    public static bool TryLink(string root, string path, string newName) =>
        !OperatingSystem.IsWindows() && link(NativePath(root, path), NativePath(newName)) == 0;

    /// <summary>Gives the content of a link its path back; a file that is there is replaced only where that is said.</summary>
    /// <param name="kept">The link; it stays.</param>
    /// <param name="root">Absolute.</param>
    /// <param name="path">Below it; its folder is there.</param>
    /// <param name="replace">Take the place of what is there.</param>
    public static bool TryPutBack(string kept, string root, string path, bool replace)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        if (!replace)
        {
            return link(NativePath(kept), NativePath(root, path)) == 0;
        }

        var another = kept + ".back";
        File.Delete(another);
        return link(NativePath(kept), NativePath(another)) == 0 && rename(NativePath(another), NativePath(root, path)) == 0;
    }

    /// <summary>Makes renames and deletions in a folder survive a power loss.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var handle = open(NativePath(folder), 0);
        if (handle >= 0)
        {
            _ = fsync(handle);
            _ = close(handle);
        }
    }

    private static int ReadLinkError(byte[] path)
    {
        var buffer = new byte[1];
        return readlink(path, buffer, buffer.Length) >= 0 ? NotPermitted : Marshal.GetLastPInvokeError();
    }

    private static byte[] NativePath(string root, string path) => [.. GitPath.Encode(root), (byte)'/', .. GitPath.Encode(path), 0];

    private static byte[] NativePath(string path) => [.. GitPath.Encode(path), 0];

#pragma warning disable SYSLIB1054 // Source-generated interop would make the whole project allow unsafe code.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint readlink(byte[] path, byte[] buffer, nint size);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int link(byte[] existing, byte[] created);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int rename(byte[] from, byte[] to);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open(byte[] path, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(int handle);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int handle);
#pragma warning restore SYSLIB1054
}
