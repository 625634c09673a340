using System.Globalization;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>
/// The memory of this machine, and of the control groups that this process is in, as Linux tells it. Each question reads a few
/// small files.
/// </summary>
public sealed class MachineMemory : IMachineMemory
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>Below this nothing new is started, however small the machine: an agent with its worker and one command need some.</summary>
    private const long LeastBytes = 512 * Megabyte;

    /// <summary>Above this a new agent is started, however large the machine.</summary>
    private const long MostBytes = 2048 * Megabyte;

    /// <summary>The share of the whole between these two.</summary>
    private const int Share = 20;

    /// <summary>Percent of the last ten seconds in which some process waited for memory; it counts only where memory is not plentiful.</summary>
    private const double HighPressure = 20;

    private readonly string _processes;
    private readonly IReadOnlyList<string> _groups;

    /// <param name="processes">Where the system describes itself: <c>/proc</c>.</param>
    /// <param name="groups">Folders of the memory control groups that hold this process, of either version.</param>
    public MachineMemory(string processes, IReadOnlyList<string> groups)
    {
        _processes = processes;
        _groups = groups;
    }

    public string? Shortage()
    {
        var info = Fields(Path.Combine(_processes, "meminfo"), "kB", 1024);
        if (info.TryGetValue("MemAvailable:", out var available)
            && Judge(available, info.GetValueOrDefault("MemTotal:"), "of this machine") is { } shortage)
        {
            return shortage;
        }

        foreach (var group in _groups)
        {
            if (InGroup(group) is var (free, limit) && Judge(free, limit, "of the control group that the coordinator runs in") is { } narrow)
            {
                return narrow;
            }
        }

        return null;
    }

    private string? Judge(long available, long total, string whose)
    {
        var needed = Math.Clamp(total / Share, Math.Min(LeastBytes, total / 4), MostBytes);
        if (available < needed)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{available / Megabyte} MB {whose} are free, another agent starts at {needed / Megabyte} MB");
        }

        return available < needed * 4 && Pressure() is var pressure and >= HighPressure
            ? string.Create(CultureInfo.InvariantCulture, $"processes waited for memory in {pressure:0} % of the last 10 s")
            : null;
    }

    /// <summary>What a group may still take; what it holds of files can be given back and counts as free. Null where it has no limit.</summary>
    private static (long Free, long Limit)? InGroup(string group)
    {
        var (limitFile, usedFile, cacheField) = File.Exists(Path.Combine(group, "memory.max"))
            ? ("memory.max", "memory.current", "inactive_file")
            : ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
        if (Number(Path.Combine(group, limitFile)) is not { } limit || Number(Path.Combine(group, usedFile)) is not { } used)
        {
            return null;
        }

        // Version 1 says "no limit" by a number larger than any memory.
        return limit >= long.MaxValue / 2 ? null : (limit - used + Fields(Path.Combine(group, "memory.stat"), string.Empty, 1).GetValueOrDefault(cacheField), limit);
    }

    /// <summary>Pressure stall information, where the kernel keeps it (Documentation/accounting/psi.rst).</summary>
    private double Pressure()
    {
        try
        {
            var words = File.ReadLines(Path.Combine(_processes, "pressure", "memory")).First().Split(' ');
            var average = words.First(word => word.StartsWith("avg10=", StringComparison.Ordinal));
            return double.Parse(average.AsSpan("avg10=".Length), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
        {
            return 0; // This kernel does not keep it.
        }
    }

    private static long? Number(string file)
    {
        try
        {
            return long.TryParse(File.ReadAllText(file).AsSpan().Trim(), CultureInfo.InvariantCulture, out var value) ? value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // A group without this controller, or one that is gone.
        }
    }

    private static Dictionary<string, long> Fields(string file, string unit, long factor)
    {
        var fields = new Dictionary<string, long>(StringComparer.Ordinal);
        try
        {
            foreach (var line in File.ReadLines(file))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length >= 2 && long.TryParse(words[1], CultureInfo.InvariantCulture, out var value)
                    && (unit.Length == 0 || (words.Length == 3 && words[2] == unit)))
                {
                    fields[words[0]] = value * factor;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not told here; then nothing is held back for it.
        }

        return fields;
    }
}
