using System.Diagnostics;

namespace Agent.Ide.Benchmarks;

/// <summary>What the harness adds between an answer of the model and its next request.</summary>
internal static class StepBenchmark
{
    private const int Rounds = 10;

    public static async Task RunAsync(BenchmarkReport report)
    {
        foreach (var (files, name) in new[] { (200, "200"), (20_000, "20k") })
        {
            await using var place = await Workplace.CreateAsync(files);
            var gaps = new List<double>();
            var laterGaps = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                var before = place.Model.ChatRequests.Count;
                await place.RunTaskAsync();
                var requests = place.Model.ChatRequests.Skip(before).ToArray();
                var added = requests.Zip(requests.Skip(1), (answered, next) => Stopwatch.GetElapsedTime(answered.AnsweredAt, next.ArrivedAt).TotalMilliseconds).ToArray();
                gaps.AddRange(added);
                laterGaps.AddRange(added.Skip(1));
            }

            report.AtMost($"harness overhead per step, checkpoint included, {name} files, median", Samples.Median(gaps), 10, "ms");
            report.AtMost($"the same, 95th percentile, {name} files", Samples.Percentile(gaps, 0.95), 30, "ms");
            report.Note($"the same without each task's first call, which waits for its worker, {name} files", Samples.Percentile(laterGaps, 0.95), "ms");
        }
    }
}
