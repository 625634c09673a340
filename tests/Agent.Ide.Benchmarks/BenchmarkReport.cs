using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Agent.Ide.Benchmarks;

/// <summary>The rows of a run. A target is a ratio or a bound; a row without one is there to compare with.</summary>
internal sealed class BenchmarkReport
{
    private readonly List<(string What, string Measured, string Target, bool? Met)> _rows = [];

    /// <summary>A figure that must not be larger than its target.</summary>
    public void AtMost(string what, double measured, double target, string unit) =>
        _rows.Add((what, Show(measured, unit), "at most " + Show(target, unit), measured <= target));

    /// <summary>A figure that must not be smaller than its target.</summary>
    public void AtLeast(string what, double measured, double target, string unit) =>
        _rows.Add((what, Show(measured, unit), "at least " + Show(target, unit), measured >= target));

    public void Note(string what, double measured, string unit) => _rows.Add((what, Show(measured, unit), string.Empty, null));

    /// <summary>A figure that could not be taken here.</summary>
    public void Missing(string what, double target, string unit, string reason) => _rows.Add((what, reason, "at most " + Show(target, unit), null));

    public string ToTable()
    {
        var table = new StringBuilder("| What | Measured | Target | Met |\n|---|---|---|---|\n");
        foreach (var (what, measured, target, met) in _rows)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {what} | {measured} | {target} | {met switch { true => "yes", false => "**no**", _ => "" }} |\n");
        }

        return table.ToString();
    }

    private static string Show(double value, string unit) => unit switch
    {
        "x" => value.ToString("0.00", CultureInfo.InvariantCulture) + " x",
        "characters" => value.ToString("#,0", CultureInfo.InvariantCulture) + " characters",
        "MB" => value.ToString("0", CultureInfo.InvariantCulture) + " MB",
        "s" => value.ToString("0.00", CultureInfo.InvariantCulture) + " s",
        _ => value.ToString("0.0", CultureInfo.InvariantCulture) + " " + unit,
    };

    /// <summary>What this runs on.</summary>
    public static string MachineName()
    {
        var processor = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim()
            : null;
        return $"{processor ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores, " +
            $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024 * 1024)} GB, {RuntimeInformation.OSDescription}, .NET {Environment.Version}";
    }
}
