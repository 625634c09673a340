using System.Globalization;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;

[Flags]
internal enum CgroupControllers
{
    None = 0,
    Memory = 1,
    Processes = 2,
    Processor = 4,
    All = Memory | Processes | Processor,
}

/// <summary>A folder of a cgroup hierarchy below which groups can be made, and what they can limit there.</summary>
/// <param name="Version">1 or 2: they name and count things differently (Documentation/admin-guide/cgroup-v1, cgroup-v2.rst).</param>
/// <param name="Folder">Absolute path.</param>
/// <param name="Controllers">What groups made there limit.</param>
internal sealed record CgroupPlace(int Version, string Folder, CgroupControllers Controllers)
{
    /// <summary>The length in which the processor's share is measured, in microseconds; the kernel's own default.</summary>
    private const int PeriodMicroseconds = 100_000;

    // Half of what a group has that nobody spoke of.
    private const int YieldingShares = 512;
    private const int YieldingWeight = 50;

    public bool Has(CgroupControllers controller) => (Controllers & controller) != 0;

    /// <summary>Writes the limits into a group that was just made here.</summary>
    /// <exception cref="IOException">A file is missing or refuses its value.</exception>
    /// <exception cref="UnauthorizedAccessException">It belongs to somebody else.</exception>
    public void Limit(string group, ResourceLimits limits)
    {
        if (Has(CgroupControllers.Memory))
        {
            if (Version == 1)
            {
                Write(group, "memory.limit_in_bytes", limits.MemoryBytes);
                WriteWhereThere(group, "memory.memsw.limit_in_bytes", Text(limits.MemoryBytes));
            }
            else
            {
                Write(group, "memory.max", limits.MemoryBytes);
                WriteWhereThere(group, "memory.swap.max", "0");
                WriteWhereThere(group, "memory.oom.group", "1");
            }
        }

        if (Has(CgroupControllers.Processes))
        {
            Write(group, "pids.max", limits.Processes);
        }

        if (Has(CgroupControllers.Processor))
        {
            var microseconds = Math.Max(1_000L, limits.CpuPercent * (long)PeriodMicroseconds / 100);
            if (Version == 1)
            {
                Write(group, "cpu.cfs_period_us", PeriodMicroseconds);
                Write(group, "cpu.cfs_quota_us", microseconds);
            }
            else
            {
                Write(group, "cpu.max", $"{Text(microseconds)} {Text(PeriodMicroseconds)}");
            }

            if (limits.YieldsProcessor)
            {
                WriteWhereThere(group, Version == 1 ? "cpu.shares" : "cpu.weight", Text(Version == 1 ? YieldingShares : YieldingWeight));
            }
        }
    }

    /// <summary>Whether the kernel killed something in a group because its memory was used up.</summary>
    public bool RanOutOfMemory(string group) =>
        Has(CgroupControllers.Memory) && Counter(group, Version == 1 ? "memory.oom_control" : "memory.events", "oom_kill ") > 0;

    /// <summary>Whether a group was refused a process.</summary>
    public bool RanOutOfProcesses(string group) => Has(CgroupControllers.Processes) && Counter(group, "pids.events", "max ") > 0;

    private static long Counter(string group, string file, string name)
    {
        try
        {
            foreach (var line in File.ReadLines(Path.Combine(group, file)))
            {
                if (line.StartsWith(name, StringComparison.Ordinal) && long.TryParse(line.AsSpan(name.Length), CultureInfo.InvariantCulture, out var value))
                {
                    return value;
                }
            }
        }
        catch (FileNotFoundException)
        {
            // A kernel too old to count this: what it does then shows in how the program ends.
        }

        return 0;
    }

    private static void WriteWhereThere(string group, string file, string value)
    {
        var path = Path.Combine(group, file);
        if (File.Exists(path))
        {
            File.WriteAllText(path, value);
        }
    }

    private static void Write(string group, string file, long value) => Write(group, file, Text(value));

    private static void Write(string group, string file, string value) => File.WriteAllText(Path.Combine(group, file), value);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
