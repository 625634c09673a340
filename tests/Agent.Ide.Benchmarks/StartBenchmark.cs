using System.Globalization;
using Agent.Ide.Testing.Models;

namespace Agent.Ide.Benchmarks;

/// <summary>How fast a coordinator is there, and how large it and its workers are.</summary>
internal static class StartBenchmark
{
    private const int Rounds = 7;

    public static async Task RunAsync(BenchmarkReport report)
    {
        await using var place = await Workplace.CreateAsync(200);
        var cold = new List<double>();
        var warm = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            cold.Add(await Samples.TimeAsync(() => place.Program.RunAsync("tasks")));
            warm.Add(await Samples.TimeAsync(() => place.Program.RunAsync("tasks")));
            await place.Program.RunAsync("coordinator", "stop");
        }

        // Both runs pay for the command line; what the first pays more is the coordinator's start.
        report.AtMost("coordinator, process start to first answer, median", Samples.Median(cold) - Samples.Median(warm), 400, "ms");
        report.Note("`agent-ide tasks` while the coordinator runs, median", Samples.Median(warm), "ms");

        var last = BenchmarkScript.Steps + 1;
        place.Model.FaultFor = request => request.Answers == BenchmarkScript.Steps ? new ModelFault { Hold = true } : null;
        await using var running = place.Program.Start("run", BenchmarkScript.Prompt);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var held = await place.Model.WaitForChatRequestAsync(last, patience.Token);
        var coordinator = place.Program.CoordinatorPid()!.Value;
        report.AtMost("resident memory of the coordinator after 20 steps", Resident(coordinator), 120, "MB");
        report.AtMost("resident memory of a worker after 20 steps", Descendants(coordinator).Where(IsWorker).Max(Resident), 50, "MB");
        held.Release();
        await running.EndAsync();
    }

    private static IEnumerable<int> Descendants(int process) => ProcessorTime.ChildrenOf(process).SelectMany(child => Descendants(child).Prepend(child));

    private static bool IsWorker(int process) => File.ReadAllText($"/proc/{process}/cmdline").Split('\0') is [var program, "worker", ..] && program.EndsWith("agent-ide", StringComparison.Ordinal);

    private static double Resident(int process) =>
        double.Parse(
            File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) / 1024;
}
