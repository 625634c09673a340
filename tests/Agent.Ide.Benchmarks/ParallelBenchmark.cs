namespace Agent.Ide.Benchmarks;

/// <summary>Several agents at once must cost hardly more time than one: they wait for models, not for each other.</summary>
internal static class ParallelBenchmark
{
    private const int ModelDelayMs = 500;

    public static async Task RunAsync(BenchmarkReport report)
    {
        await using var place = await Workplace.CreateAsync(200, ModelDelayMs);
        await place.Program.RunAsync("tasks");
        var one = await MeasureAsync(place, 1);
        var three = await MeasureAsync(place, 3);
        var five = await MeasureAsync(place, 5);
        report.Note("one task of 20 steps, model answers after 500 ms", one / 1000, "s");
        report.AtMost("three tasks at once against one", three / one, 1.1, "x");
        report.AtMost("five tasks at once against one", five / one, 1.2, "x");
    }

    private static Task<double> MeasureAsync(Workplace place, int tasks) =>
        Samples.TimeAsync(() => Task.WhenAll(Enumerable.Range(0, tasks).Select(_ => place.RunTaskAsync())));
}
