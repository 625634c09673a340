using System.Globalization;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;

/// <summary>
/// One program's group in every hierarchy that limits it. The program enters by itself, as a shell that writes its own
/// number and becomes the program, so that nothing it does is ever outside.
/// </summary>
internal sealed class CgroupGroup : ResourceGroup
{
    // Arguments: the files to write to, an empty one, then the program and its arguments.
    private const string EnterScript = "while [ -n \"$1\" ]; do echo $$ > \"$1\" || exit 125; shift; done; shift; exec \"$@\"";

    private const int KillRounds = 50;
    private const int RemovalRounds = 10;

    /// <summary>How often the kernel's counters are read while the program runs.</summary>
    private static readonly TimeSpan s_polling = TimeSpan.FromMilliseconds(100);

    private readonly IReadOnlyList<(CgroupPlace Place, string Folder)> _groups;
    private readonly ResourceLimits _limits;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<LimitReached> _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private Task _watching = Task.CompletedTask;

    private CgroupGroup(IReadOnlyList<(CgroupPlace Place, string Folder)> groups, ResourceLimits limits, TimeProvider time)
    {
        _groups = groups;
        _limits = limits;
        _time = time;
    }

    public override Task<LimitReached> Reached => _reached.Task;

    /// <exception cref="SandboxUnavailableException">A group could not be made as it has to be; none is left.</exception>
    public static CgroupGroup Make(IReadOnlyList<CgroupPlace> places, string name, ResourceLimits limits, TimeProvider time)
    {
        var made = new List<(CgroupPlace, string)>();
        try
        {
            foreach (var place in places)
            {
                var folder = Path.Combine(place.Folder, name);
                Directory.CreateDirectory(folder);
                made.Add((place, folder));
                place.Limit(folder, limits);
            }

            return new CgroupGroup(made, limits, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            foreach (var (_, folder) in made)
            {
                TryRemove(folder);
            }

            throw new SandboxUnavailableException($"Its limits could not be set: {e.Message}");
        }
    }

    public override ProcessStart Enter(ProcessStart start) => start with
    {
        FileName = "/bin/sh",
        Arguments =
        [
            "-c", EnterScript, "limits", .. _groups.Select(group => Path.Combine(group.Folder, "cgroup.procs")), string.Empty,
            start.FileName, .. start.Arguments,
        ],
    };

    public override void Watch(ChildProcess program) => _watching = WatchAsync();

    public override LimitReached? Verdict()
    {
        if (_reached.Task.IsCompletedSuccessfully)
        {
            return _reached.Task.Result;
        }

        return Look() is { } limit ? limit : null;
    }

    public override void Kill()
    {
        foreach (var (place, folder) in _groups)
        {
            KillMembers(place, folder);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _watching;
        _ended.Dispose();
        Kill();
        foreach (var (_, folder) in _groups)
        {
            // What was killed is in its group until the kernel has taken it apart.
            for (var round = 0; !TryRemove(folder) && round < RemovalRounds; round++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1 << round), _time);
            }
        }
    }

    /// <summary>Ends and removes a group that an earlier process left.</summary>
    public static async Task RemoveLeftAsync(CgroupPlace place, string folder, TimeProvider time)
    {
        await using var left = new CgroupGroup([(place, folder)], ResourceLimits.Default, time);
    }

    private static void KillMembers(CgroupPlace place, string folder)
    {
        try
        {
            var kill = Path.Combine(folder, "cgroup.kill");
            if (place.Version == 2 && File.Exists(kill))
            {
                File.WriteAllText(kill, "1");
                return;
            }

            if (place.Has(CgroupControllers.Processes))
            {
                // Nothing starts any more, so that killing comes to an end.
                File.WriteAllText(Path.Combine(folder, "pids.max"), "0");
            }

            for (var round = 0; round < KillRounds; round++)
            {
                var members = File.ReadAllLines(Path.Combine(folder, "cgroup.procs"));
                if (members.Length == 0)
                {
                    return;
                }

                foreach (var member in members)
                {
                    // 0 is a process that this one's namespace does not show.
                    if (int.TryParse(member, CultureInfo.InvariantCulture, out var id) && id > 0)
                    {
                        ChildProcess.Kill(id);
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is gone, and with it everything that was in it.
        }
    }

    private static bool TryRemove(string folder)
    {
        try
        {
            // Not recursively: the files of a group are not files, and a group goes only when nothing lives in it.
            Directory.Delete(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(s_polling, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                if (Look() is { } limit)
                {
                    _reached.TrySetResult(limit);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The program ended, and with it the watch.
        }
    }

    private LimitReached? Look()
    {
        foreach (var (place, folder) in _groups)
        {
            try
            {
                if (place.RanOutOfMemory(folder))
                {
                    return new LimitReached(LimitKind.Memory, _limits.MemoryBytes / (1024 * 1024));
                }

                if (place.RanOutOfProcesses(folder))
                {
                    return new LimitReached(LimitKind.Processes, _limits.Processes);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody removed the group under the program; what it had counted is not known.
            }
        }

        return null;
    }
}
