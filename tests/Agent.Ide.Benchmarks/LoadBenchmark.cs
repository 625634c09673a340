using System.Globalization;
using Agent.Ide.Client;
using Agent.Ide.Client.Board;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Benchmarks;

/// <summary>Fifty tasks at once: all of them come to their end, and the coordinator stays small.</summary>
internal static class LoadBenchmark
{
    private const int Tasks = 50;
    private const int Files = 20_000;

    public static async Task RunAsync(BenchmarkReport report)
    {
        await using var place = await Workplace.CreateAsync(Files, places: Tasks);
        await using var client = place.NewClient();
        await client.AttachAsync(CancellationToken.None);
        var done = new HashSet<string>(StringComparer.Ordinal);
        var failed = new HashSet<string>(StringComparer.Ordinal);
        var milliseconds = await Samples.TimeAsync(async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, Tasks).Select(number =>
                client.CreateAsync(new CreateTaskParams { Prompt = $"{BenchmarkScript.Prompt} {number}" }, CancellationToken.None)));
            await foreach (var change in client.Changes.ReadAllAsync())
            {
                if (change is TaskChange { Task: { State: "readyForReview" or "failed" } task })
                {
                    (task.State == "failed" ? failed : done).Add(task.Id);
                }

                if (done.Count + failed.Count >= Tasks)
                {
                    return;
                }
            }
        });
        report.Note("50 tasks of 20 steps at once, 20,000 files, until the last is ready", milliseconds / 1000, "s");
        report.AtLeast("tasks of these that became ready", done.Count, Tasks, "tasks");
        report.AtMost("peak resident memory of the coordinator", Peak(place.Program.CoordinatorPid()!.Value), 250, "MB");
    }

    private static double Peak(int process) =>
        double.Parse(
            File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) / 1024;
}
