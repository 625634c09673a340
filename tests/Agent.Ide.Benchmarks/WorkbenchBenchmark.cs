using System.Text.Json.Nodes;
using Agent.Ide.Processes;

namespace Agent.Ide.Benchmarks;

/// <summary>
/// What a person at a real VS Code waits for. <c>tests/vscode/bench.mjs</c> drives the workbench and prints what it measured; a machine
/// without one is told why.
/// </summary>
internal static class WorkbenchBenchmark
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(BenchmarkReport report)
    {
        using var patience = new CancellationTokenSource(_patience);
        var ran = await ChildProcess.RunAsync(
            new ProcessStart { FileName = "node", Arguments = ["bench.mjs"], WorkingDirectory = Path.Combine(Checkout.Root(), "tests", "vscode") }, cancellationToken: patience.Token);
        if (ran.ExitCode != 0)
        {
            throw new InvalidOperationException($"The workbench was not measured: {ran.Error}");
        }

        var measured = JsonNode.Parse(ran.OutputText)!;
        var skipped = measured["skipped"]?.GetValue<string>();
        double[] Of(string name) => [.. measured["figures"]![name]!.AsArray().Select(value => value!.GetValue<double>())];
        void Bound(string what, string name, double target, string unit, double share = 0.5)
        {
            if (skipped is not null)
            {
                report.Missing(what, target, unit, $"not here: {skipped}");
                return;
            }

            report.AtMost(what, Samples.Percentile(Of(name), share) / (unit == "s" ? 1000 : 1), target, unit);
        }

        Bound("VS Code begins to load the extension until its panel shows the tasks, coordinator running, median", "running.shown", 1.5, "s");
        Bound("VS Code begins to load the extension until its panel shows the tasks, coordinator started for it, median", "started.shown", 1.5, "s");
        Bound("the extension host's part, loading and activating, coordinator running, median", "running.host", 100, "ms");
        Bound("the extension host's part, loading and activating, coordinator started for it, median", "started.host", 100, "ms");
        Bound("end of a step, its commit included, to its changed card, 5 running tasks, median", "eventToCard", 100, "ms");
        Bound("end of a step, its commit included, to its changed card, 5 running tasks, 95th percentile", "eventToCard", 100, "ms", 0.95);
        if (skipped is null)
        {
            report.Note("a message to the panel until one card of 100 is changed and laid out, median", Samples.Median(Of("updateOf100")), "ms");
            report.AtMost("one card of 100 over one card of 5", Samples.Median(Of("updateOf100")) / Samples.Median(Of("updateOf5")), 2, "x");
        }
    }
}
