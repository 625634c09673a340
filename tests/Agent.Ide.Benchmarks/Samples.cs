using System.Diagnostics;

namespace Agent.Ide.Benchmarks;

/// <summary>Figures of the same thing, measured again and again.</summary>
internal static class Samples
{
    public static double Median(IReadOnlyCollection<double> values) => Percentile(values, 0.5);

    /// <summary>By nearest rank: the smallest value that at least the given share of the values does not pass.</summary>
    /// <param name="share">Above 0, at most 1.</param>
    public static double Percentile(IReadOnlyCollection<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }

    /// <summary>Milliseconds that an action takes.</summary>
    public static async Task<double> TimeAsync(Func<Task> action)
    {
        var start = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
