using System.Text.Json.Nodes;

namespace Agent.Ide.Benchmarks;

/// <summary>The whole command as a user waits for it: wall time, processor time, what is sent.</summary>
internal static class RunBenchmark
{
    private const int Rounds = 5;

    public static async Task RunAsync(BenchmarkReport report)
    {
        var cold = new List<double>();
        var warm = new List<double>();
        var processor = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await using var place = await Workplace.CreateAsync(200);
            var before = ProcessorTime.OfEndedChildren();
            cold.Add(await Samples.TimeAsync(place.RunTaskAsync));
            processor.Add(ProcessorTime.OfEndedChildren() - before + ProcessorTime.OfTree(place.Program.CoordinatorPid()!.Value));
            if (round == 0)
            {
                ReportWhatIsSent(report, [.. place.Model.ChatRequests.Select(request => request.Body)]);
            }

            warm.Add(await Samples.TimeAsync(place.RunTaskAsync));
        }

        report.AtMost("`agent-ide run` of 20 steps, 200 files, cold, median", Samples.Median(cold) / 1000, 1.5, "s");
        report.AtMost("the same, coordinator running, median", Samples.Median(warm) / 1000, 0.8, "s");
        report.AtMost("processor time of the cold run, all processes, median", Samples.Median(processor), 1.5, "s");
    }

    private static void ReportWhatIsSent(BenchmarkReport report, string[] bodies)
    {
        var first = JsonNode.Parse(bodies[0])!;
        var system = first["messages"]!.AsArray().First(message => message!["role"]!.GetValue<string>() is "system" or "developer")!;
        report.AtMost("system prompt plus tool schemas, as JSON", system.ToJsonString().Length + first["tools"]!.ToJsonString().Length, 6_000, "characters");
        report.AtMost("all requests of the 20 steps, as JSON", bodies.Sum(body => (double)body.Length), 250_000, "characters");
    }
}
