using System.Globalization;

namespace Agent.Ide.Benchmarks;

/// <summary>Processor time in seconds, user and system, from <c>/proc</c> (proc(5), fields 14 to 17 of <c>stat</c>).</summary>
internal static class ProcessorTime
{
    /// <summary>Linux reports these fields in hundredths of a second (<c>USER_HZ</c>).</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Of this process's children that have ended, and theirs.</summary>
    public static double OfEndedChildren()
    {
        var fields = Read(Environment.ProcessId);
        return (fields[15] + fields[16]) / TicksPerSecond;
    }

    /// <summary>Of a process, of its children that have ended, and of those that still run.</summary>
    public static double OfTree(int process)
    {
        var fields = Read(process);
        return ((fields[13] + fields[14] + fields[15] + fields[16]) / TicksPerSecond) + ChildrenOf(process).Sum(OfTree);
    }

    public static IEnumerable<int> ChildrenOf(int process) =>
        Directory.EnumerateDirectories($"/proc/{process}/task")
            .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture));

    private static double[] Read(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        // The name, which may hold blanks, and the number before it are left out: field 3 is the first here.
        return [0, 0, .. fields.Select(field => double.TryParse(field, CultureInfo.InvariantCulture, out var value) ? value : 0)];
    }
}
