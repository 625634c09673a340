using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;
using Agent.Ide.Coordinator.Sandboxing.Limits.Watchdog;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing.Limits;

/// <summary>
/// Finds how this machine can limit programs by really doing it: a folder that looks like a control group may refuse groups,
/// values or processes. One answer per instance, and one instance per coordinator.
/// </summary>
public sealed class LimiterProbe
{
    private const string NamePrefix = "agent-ide-";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private static readonly ResourceLimits s_trial = ResourceLimits.Default;

    private readonly string _prefix;
    private readonly string _leaf;
    private readonly string? _placesFile;
    private readonly TimeProvider _time;
    private readonly Func<(string MountInfo, string Membership)> _read;
    private readonly Lazy<Task<IResourceLimiter>> _limiter;

    /// <param name="owner">Whose groups they are, such as the repository's common git directory: groups of others are never touched.</param>
    /// <param name="placesFile">
    /// Remembers where groups are made, so that those that a killed process left are found when the next one is started
    /// somewhere else; null: they are looked for only where this process would make its own.
    /// </param>
    /// <param name="time">For the groups' watches.</param>
    public LimiterProbe(string owner, string? placesFile, TimeProvider time)
        : this(owner, placesFile, time, ReadOwn)
    {
    }

    internal LimiterProbe(string owner, string? placesFile, TimeProvider time, Func<(string MountInfo, string Membership)> read)
    {
        _prefix = $"{NamePrefix}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(owner)).AsSpan(0, 6))}-";
        _leaf = _prefix.TrimEnd('-') + ".coordinator";
        _placesFile = placesFile;
        _time = time;
        _read = read;
        _limiter = new Lazy<Task<IResourceLimiter>>(TryAsync);
    }

    /// <summary>The limiter of this machine. What an earlier process of the same owner left behind is gone when this returns.</summary>
    public Task<IResourceLimiter> FindAsync(CancellationToken cancellationToken = default) => _limiter.Value.WaitAsync(cancellationToken);

    private static (string MountInfo, string Membership) ReadOwn()
    {
        try
        {
            return (File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (string.Empty, string.Empty);
        }
    }

    private async Task<IResourceLimiter> TryAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new NoLimiter("Nothing limits memory, processor and processes on this operating system yet.", null);
        }

        var (mountInfo, membership) = _read();
        var candidates = CgroupMounts.Find(mountInfo, membership);
        await RemoveLeftAsync(candidates);
        var found = new List<CgroupPlace>();
        var limited = CgroupControllers.None;
        var problem = candidates.Count == 0 ? "no control groups are mounted" : null;
        foreach (var candidate in candidates)
        {
            if (CgroupDelegation.Offered(candidate, limited, _leaf) is not { Controllers: not CgroupControllers.None } place)
            {
                problem ??= $"{candidate.Folder} offers no controllers";
                continue;
            }

            if (await TryAsync(place) is { } refusal)
            {
                problem = refusal;
                continue;
            }

            found.Add(place);
            limited |= place.Controllers;
        }

        Remember(found);
        var rest = (CgroupControllers.Memory | CgroupControllers.Processes) & ~limited;
        if (found.Count == 0)
        {
            return new WatchdogLimiter(
                rest,
                problem,
                "Let the coordinator run in a control group of its own: `systemd-run --user --scope -p Delegate=yes agent-ide …` starts it in one.",
                _time);
        }

        return new CgroupLimiter(found, _prefix, rest == CgroupControllers.None ? null : new WatchdogLimiter(rest, null, null, _time), _time);
    }

    /// <summary>Makes a group there and runs a program in it.</summary>
    /// <returns>What was refused; null when it works.</returns>
    private async Task<string?> TryAsync(CgroupPlace place)
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        try
        {
            await using var group = CgroupGroup.Make([place], $"{_prefix}trial-{Environment.ProcessId}", s_trial, _time);
            var start = group.Enter(new ProcessStart
            {
                FileName = "/bin/sh",
                Arguments = ["-c", "exit 0"],
                Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
                WorkingDirectory = "/",
            });
            var result = await ChildProcess.RunAsync(start, maxOutputBytes: 64 * 1024, cancellationToken: timeout.Token);
            return result.ExitCode == 0 ? null : $"{place.Folder} takes no processes ({result.Error.Trim()})";
        }
        catch (Exception e) when (e is SandboxUnavailableException or Win32Exception or IOException)
        {
            return $"{place.Folder} cannot be used ({e.Message})";
        }
        catch (OperationCanceledException)
        {
            return $"{place.Folder} did not let a program run within {s_timeout.TotalSeconds} s";
        }
    }

    private async Task RemoveLeftAsync(IReadOnlyList<CgroupPlace> candidates)
    {
        var places = candidates.ToDictionary(place => place.Folder, StringComparer.Ordinal);
        foreach (var folder in RememberedFolders())
        {
            // A folder of version 1 has no cgroup.controllers; that decides how what is left in it is ended.
            var version = File.Exists(Path.Combine(folder, "cgroup.controllers")) ? 2 : 1;
            places.TryAdd(folder, new CgroupPlace(version, folder, CgroupControllers.None));
        }

        foreach (var place in places.Values)
        {
            foreach (var left in Groups(place.Folder))
            {
                await CgroupGroup.RemoveLeftAsync(place, left, _time);
            }
        }
    }

    private string[] Groups(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder, _prefix + "*");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private IEnumerable<string> RememberedFolders()
    {
        try
        {
            return _placesFile is null ? [] : File.ReadAllLines(_placesFile).Where(Path.IsPathFullyQualified);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // There was none before.
        }
    }

    private void Remember(List<CgroupPlace> places)
    {
        try
        {
            if (_placesFile is not null && places.Count > 0)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_placesFile)!);
                File.WriteAllLines(_placesFile, places.Select(place => place.Folder));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A state folder that cannot be written fails its tasks by itself; here at most an empty group would stay behind.
        }
    }
}
