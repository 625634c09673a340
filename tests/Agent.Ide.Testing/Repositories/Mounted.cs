using System.Globalization;
using System.Text;
using Agent.Ide.Processes;

namespace Agent.Ide.Testing.Repositories;

/// <summary>A file system that a test has mounted over a folder. Disposing it unmounts it; what still uses it then is a failure that names the user.</summary>
public sealed class Mounted : IAsyncDisposable
{
    private readonly string _folder;

    private Mounted(string folder)
    {
        _folder = folder;
    }

    /// <summary>A small file system in memory in a folder's place, with all that the folder holds.</summary>
    /// <param name="folder">What a program has open below it stays what it was.</param>
    /// <param name="size">As mount takes it: <c>4m</c>.</param>
    /// <param name="cancellationToken">Stops waiting for the programs.</param>
    /// <exception cref="InvalidOperationException">The system refuses.</exception>
    public static Task<Mounted> SmallDiskAsync(string folder, string size, CancellationToken cancellationToken = default)
    {
        var copy = folder + ".copy";
        return MountAsync(
            folder,
            $"cp -a '{folder}' '{copy}' && mount -t tmpfs -o size={size} none '{folder}' && cp -a '{copy}/.' '{folder}' && rm -rf '{copy}'",
            cancellationToken);
    }

    /// <summary>A folder that nobody can write to, root neither.</summary>
    /// <exception cref="InvalidOperationException">The system refuses.</exception>
    public static Task<Mounted> ReadOnlyAsync(string folder, CancellationToken cancellationToken = default) =>
        MountAsync(folder, $"mount --bind '{folder}' '{folder}' && mount -o remount,ro,bind '{folder}'", cancellationToken);

    /// <summary>A folder that is to be seen in a second place.</summary>
    /// <exception cref="InvalidOperationException">The system refuses.</exception>
    public static Task<Mounted> BindAsync(string source, string folder, CancellationToken cancellationToken = default) =>
        MountAsync(folder, $"mount --bind '{source}' '{folder}'", cancellationToken);

    /// <exception cref="InvalidOperationException">Something still used it. It is out of the way all the same, so that the folder can be removed.</exception>
    public async ValueTask DisposeAsync()
    {
        var device = DeviceOf(_folder);
        var run = await ShellAsync($"umount '{_folder}'", CancellationToken.None);
        if (run.ExitCode == 0)
        {
            return;
        }

        var users = Users(device);
        await ShellAsync($"umount -l '{_folder}'", CancellationToken.None);
        throw new InvalidOperationException($"{run.Error.Trim()}\nWhat uses it:\n{users}");
    }

    private static async Task<Mounted> MountAsync(string folder, string command, CancellationToken cancellationToken)
    {
        var run = await ShellAsync(command, cancellationToken);
        return run.ExitCode == 0 ? new Mounted(folder) : throw new InvalidOperationException($"{command}: {run.Error}");
    }

    private static Task<ProcessResult> ShellAsync(string command, CancellationToken cancellationToken) => ChildProcess.RunAsync(
        new ProcessStart { FileName = "/bin/sh", Arguments = ["-c", command], WorkingDirectory = "/" }, cancellationToken: cancellationToken);

    /// <summary>Major and minor number of the topmost file system mounted there, as in <c>/proc/PID/mountinfo</c> and <c>maps</c>.</summary>
    private static string DeviceOf(string folder) =>
        File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')).LastOrDefault(fields => fields[4] == folder)?[2] ?? "none";

    private static string Users(string device)
    {
        var found = new StringBuilder();
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                continue;
            }

            try
            {
                var state = File.ReadAllText($"{process}/stat");
                string[] links = [$"{process}/cwd", $"{process}/root", $"{process}/exe", .. Directory.EnumerateFileSystemEntries($"{process}/fd")];
                var used = links.Where(link => IsOn(device, process, link)).Select(link => $"{Path.GetFileName(link)} {new FileInfo(link).LinkTarget}").ToList();
                if (used.Count > 0)
                {
                    found.AppendLine(CultureInfo.InvariantCulture, $"{state[..(state.LastIndexOf(')') + 3)]}: {File.ReadAllText($"{process}/cmdline").Replace('\0', ' ')}: {string.Join(", ", used)}");
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile.
            }
        }

        return found.Length > 0 ? found.ToString() : "nothing that is still there to be seen";
    }

    /// <summary>Whether a link of a process leads to something on that file system, in the process's own view of the mounts.</summary>
    private static bool IsOn(string device, string process, string link)
    {
        if (new FileInfo(link).LinkTarget is not ['/', ..] target)
        {
            return false;
        }

        return File.ReadLines($"{process}/mountinfo").Select(line => line.Split(' '))
            .Any(fields => fields[2] == device && (target == fields[4] || target.StartsWith(fields[4] + "/", StringComparison.Ordinal)));
    }
}
