namespace Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;

/// <summary>Where this process is in each cgroup hierarchy that is mounted, from <c>/proc/self/mountinfo</c> and <c>/proc/self/cgroup</c>.</summary>
internal static class CgroupMounts
{
    private const int MaxSteps = 16;

    /// <summary>
    /// The folders below which groups may be made, the best first: this process's own, then the ones above it. Only version 2 needs
    /// those above: it allows no groups below one that holds processes (cgroup-v2.rst, "No Internal Process Constraint").
    /// </summary>
    public static IReadOnlyList<CgroupPlace> Find(string mountInfo, string membership)
    {
        var places = new List<CgroupPlace>();
        foreach (var line in mountInfo.Split('\n'))
        {
            // 36 35 98:0 /root /mount/point rw,noatime master:1 - type source options (proc(5)).
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            if (separator < 0 || separator + 3 >= fields.Length || fields.Length < 6)
            {
                continue;
            }

            var (root, mount, type, options) = (fields[3], fields[4], fields[separator + 1], fields[separator + 3].Split(','));
            if (type == "cgroup2" && OwnPath(membership, line => line.StartsWith("0::", StringComparison.Ordinal)) is { } unified)
            {
                var folder = Below(mount, root, unified);
                for (var step = 0; step < MaxSteps && folder.Length >= mount.Length; step++)
                {
                    places.Add(new CgroupPlace(2, folder, CgroupControllers.All));
                    folder = Path.GetDirectoryName(folder) ?? string.Empty;
                }
            }
            else if (type == "cgroup" && Controllers(options) is var controllers && controllers != CgroupControllers.None)
            {
                var name = options.First(option => Controllers([option]) != CgroupControllers.None);
                if (OwnPath(membership, line => line.Split(':') is [_, var names, ..] && names.Split(',').Contains(name)) is { } path)
                {
                    places.Add(new CgroupPlace(1, Below(mount, root, path), controllers));
                }
            }
        }

        return places;
    }

    /// <summary>The groups that hold this process and count its memory, the innermost first.</summary>
    public static IReadOnlyList<string> MemoryGroups()
    {
        try
        {
            var places = Find(File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup"));
            return [.. places.Where(place => place.Has(CgroupControllers.Memory)).Select(place => place.Folder)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // Not on this system.
        }
    }

    private static CgroupControllers Controllers(string[] names)
    {
        var result = CgroupControllers.None;
        foreach (var name in names)
        {
            result |= name switch
            {
                "memory" => CgroupControllers.Memory,
                "pids" => CgroupControllers.Processes,
                "cpu" => CgroupControllers.Processor,
                _ => CgroupControllers.None,
            };
        }

        return result;
    }

    private static string? OwnPath(string membership, Func<string, bool> isMeant) =>
        membership.Split('\n').FirstOrDefault(isMeant) is { } line ? line[(line.IndexOf(':', line.IndexOf(':', StringComparison.Ordinal) + 1) + 1)..] : null;

    /// <summary>In a container the mount may show only a part of the hierarchy, and the path may lie outside of it: then what is shown is all there is.</summary>
    private static string Below(string mount, string root, string path)
    {
        var relative = root == "/" ? path : path.StartsWith(root + "/", StringComparison.Ordinal) ? path[root.Length..] : "/";
        return relative.Length <= 1 || relative.StartsWith("/..", StringComparison.Ordinal) ? mount : mount + relative;
    }
}
