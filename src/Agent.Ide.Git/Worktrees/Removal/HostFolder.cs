using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Agent.Ide.Git;

/// <summary>Something in a folder, links not followed.</summary>
/// <param name="Name">As <see cref="GitPath"/> decodes it.</param>
/// <param name="Bytes">Length of a file; 0 for all else.</param>
internal readonly record struct HostEntry(string Name, PathKind Kind, long Bytes);

/// <summary>
/// Lists and moves what lies in a folder that nobody works in any more, whatever names are in it. Links are seen as links and
/// never followed.
/// </summary>
internal static class HostFolder
{
    private const UnixFileMode AllModes = (UnixFileMode)0xFFF;
    private const int TypeShift = 12;

    /// <returns>Null when the folder cannot be listed: gone, no folder, or refused.</returns>
    public static List<HostEntry>? List(string folder) => OperatingSystem.IsLinux() ? ListOnLinux(folder, withLengths: true) : ListElsewhere(folder);

    /// <summary>The same without the lengths of files, which cost a look at each.</summary>
    public static List<HostEntry>? ListNames(string folder) => OperatingSystem.IsLinux() ? ListOnLinux(folder, withLengths: false) : ListElsewhere(folder);

    /// <summary>Gives the owner of a folder the right to list, enter and change it; does nothing where the system refuses or it is no folder.</summary>
    public static void OpenToOwner(string folder)
    {
        const UnixFileMode Everything = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var handle = LinuxCalls.Open(GitPath.Encode(folder), LinuxCalls.Path | LinuxCalls.Directory | LinuxCalls.NoFollow | LinuxCalls.CloseOnExec);
        if (handle.IsInvalid || LinuxCalls.ModeOf(handle) is not { } mode || ((UnixFileMode)mode & Everything) == Everything)
        {
            return;
        }

        try
        {
            // By the descriptor: the name may be no text, and what has it now is what was looked at.
            File.SetUnixFileMode($"/proc/self/fd/{handle.DangerousGetHandle()}", ((UnixFileMode)mode & AllModes) | Everything);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody else's folder: whoever wanted to enter it is refused and says so.
        }
    }

    public static PathKind Look(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            return LinuxCalls.Look(GitPath.Encode(path)) is { } found ? KindOf(found.Mode) : PathKind.Missing;
        }

        var info = new FileInfo(path);
        return (int)info.Attributes == -1 ? PathKind.Missing : KindOf(info.Attributes);
    }

    /// <summary>Renames; a file or an empty folder of the new name is replaced.</summary>
    /// <returns>False when the two lie on different file systems; nothing was changed then.</returns>
    /// <exception cref="GitException">The system refuses for another reason.</exception>
    public static bool Move(string from, string to)
    {
        if (OperatingSystem.IsLinux())
        {
            return LinuxCalls.Rename(GitPath.Encode(from), GitPath.Encode(to)) switch
            {
                0 => true,
                LinuxCalls.CrossDevice => false,
                var error => throw Refused(from, to, Marshal.GetPInvokeErrorMessage(error), null),
            };
        }

        try
        {
            Directory.Move(from, to);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (Path.GetPathRoot(from) != Path.GetPathRoot(to))
            {
                return false;
            }

            throw Refused(from, to, exception.Message, exception);
        }
    }

    /// <summary>Removes a file; does nothing where the system refuses, for the folder goes as a whole next.</summary>
    public static void DeleteFile(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            LinuxCalls.RemoveFile(GitPath.Encode(path));
        }
        else
        {
            File.Delete(path);
        }
    }

    /// <returns>False when the system refuses.</returns>
    public static bool CreateFolder(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            return LinuxCalls.MakeFolder(GitPath.Encode(path)) == 0;
        }

        Directory.CreateDirectory(path);
        return true;
    }

    private static GitException Refused(string from, string to, string reason, Exception? cause) => new(
        GitProblem.Storage,
        $"{from} could not be moved to {to}: {reason.TrimEnd('.')}. A program may have it open, or its folder may be write-protected or immutable (lsattr). Then try again.",
        cause);

    [SupportedOSPlatform("linux")]
    private static List<HostEntry>? ListOnLinux(string folder, bool withLengths)
    {
        var bytes = GitPath.Encode(folder);
        using var handle = LinuxCalls.Open(bytes, LinuxCalls.ReadOnly | LinuxCalls.Directory | LinuxCalls.NoFollow | LinuxCalls.CloseOnExec);
        if (handle.IsInvalid || LinuxCalls.List(handle) is not { } names)
        {
            return null;
        }

        var entries = new List<HostEntry>(names.Count);
        foreach (var (name, type) in names)
        {
            if (type != 0 && (!withLengths || type != LinuxCalls.EntryFile))
            {
                entries.Add(new HostEntry(GitPath.Decode(name), KindOf(type << TypeShift), 0));
            }
            else if (LinuxCalls.Look([.. bytes, (byte)'/', .. name]) is { } found)
            {
                var kind = KindOf(found.Mode);
                entries.Add(new HostEntry(GitPath.Decode(name), kind, kind == PathKind.File ? found.Length : 0));
            }
            else
            {
                entries.Add(new HostEntry(GitPath.Decode(name), PathKind.Refused, 0));
            }
        }

        return entries;
    }

    private static List<HostEntry>? ListElsewhere(string folder)
    {
        try
        {
            return
            [
                .. new DirectoryInfo(folder).EnumerateFileSystemInfos().Select(entry =>
                {
                    var kind = KindOf(entry.Attributes);
                    return new HostEntry(entry.Name, kind, kind == PathKind.File ? ((FileInfo)entry).Length : 0);
                }),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [SupportedOSPlatform("linux")]
    private static PathKind KindOf(int mode) => (mode & LinuxCalls.TypeMask) switch
    {
        LinuxCalls.TypeFile => PathKind.File,
        LinuxCalls.TypeLink => PathKind.Link,
        LinuxCalls.TypeFolder => PathKind.Folder,
        _ => PathKind.Special,
    };

    private static PathKind KindOf(FileAttributes attributes) =>
        attributes.HasFlag(FileAttributes.ReparsePoint) ? PathKind.Link
        : attributes.HasFlag(FileAttributes.Directory) ? PathKind.Folder
        : attributes.HasFlag(FileAttributes.Device) ? PathKind.Special
        : PathKind.File;
}
