using System.Globalization;
using System.Text;

namespace Agent.Ide.Git;

/// <summary>A process that uses a folder.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its program, as the system shortens it.</param>
/// <param name="MayLoseWork">It has a file in the folder open for writing, or runs in a sandbox of its own, as tool hosts and commands of tasks do.</param>
public sealed record FolderUser(int Id, string Name, bool MayLoseWork);

/// <summary>
/// Tells who uses a folder, as far as this user may see it: processes that stand in it or have a file in it open, and mounts in it. On systems
/// without <c>/proc</c> nobody is found; there the removal itself fails where a file is in use, or nothing can be lost by it.
/// </summary>
public static class FolderUse
{
    /// <summary>Processes that stand in the folder or have something in it open; this one left out.</summary>
    public static IReadOnlyList<FolderUser> FindUsers(string folder)
    {
        var users = new List<FolderUser>();
        if (!OperatingSystem.IsLinux())
        {
            return users;
        }

        var ownNamespace = TargetOf("/proc/self/ns/mnt");
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == Environment.ProcessId)
            {
                continue;
            }

            var writes = false;
            var uses = IsIn(TargetOf(process + "/cwd"), folder);
            foreach (var descriptor in DescriptorsOf(process).Where(descriptor => IsIn(TargetOf(descriptor), folder)))
            {
                uses = true;
                writes |= IsOpenForWriting(process, descriptor);
            }

            if (uses)
            {
                var isSandboxed = TargetOf(process + "/ns/mnt") is { } ns && ns != ownNamespace;
                users.Add(new FolderUser(id, NameOf(process), writes || isSandboxed));
            }
        }

        return users;
    }

    /// <summary>Mount points at or below a folder, outermost first.</summary>
    public static IReadOnlyList<string> FindMounts(string folder)
    {
        const int MountPointField = 4;
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        var mounts = new List<string>();
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            var fields = line.Split(' ');
            if (fields.Length > MountPointField && Unescape(fields[MountPointField]) is var point && IsIn(point, folder))
            {
                mounts.Add(point);
            }
        }

        mounts.Sort(StringComparer.Ordinal);
        return mounts;
    }

    /// <summary>The processes in a line for a person, with their numbers.</summary>
    public static string Describe(IEnumerable<FolderUser> users) =>
        string.Join(", ", users.Select(user => string.Create(CultureInfo.InvariantCulture, $"{user.Name} ({user.Id})")));

    private static bool IsIn(string? path, string folder) =>
        path is not null && path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/');

    private static string? TargetOf(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // Somebody else's process, or one that has just ended.
        }
    }

    private static string[] DescriptorsOf(string process)
    {
        try
        {
            return Directory.GetFileSystemEntries(process + "/fd");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsOpenForWriting(string process, string descriptor)
    {
        const int AccessMode = 3;
        try
        {
            var flags = File.ReadLines($"{process}/fdinfo/{Path.GetFileName(descriptor)}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt64(flags["flags:".Length..].Trim(), 8) & AccessMode) != 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string NameOf(string process)
    {
        try
        {
            return File.ReadAllText(process + "/comm").Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "a process";
        }
    }

    /// <summary>The kernel writes space, tab, line feed and backslash as three octal digits.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder();
        for (var index = 0; index < field.Length; index++)
        {
            if (field[index] == '\\' && index + 3 < field.Length)
            {
                text.Append((char)Convert.ToInt32(field.Substring(index + 1, 3), 8));
                index += 3;
            }
            else
            {
                text.Append(field[index]);
            }
        }

        return text.ToString();
    }
}
