using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Agent.Ide.Client;
using Agent.Ide.Client.Board;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Benchmarks;

/// <summary>What a person at an editor waits for: an answer, and the sight of what agents do.</summary>
internal static class EditorBenchmark
{
    private const int Requests = 500;
    private const int WarmUps = 50;
    private const int Tasks = 5;
    private const int ModelDelayMs = 100;
    private const double BundleKilobytes = 500;

    public static async Task RunAsync(BenchmarkReport report)
    {
        await using var place = await Workplace.CreateAsync(200, ModelDelayMs, places: Tasks);
        await using var client = place.NewClient();
        await client.AttachAsync(CancellationToken.None);
        report.AtMost("request over the socket and back, median", Samples.Median(await RoundTripsAsync(client)), 1, "ms");
        await EventsAsync(report, place, client);
        Bundle(report);
    }

    private static async Task<IReadOnlyCollection<double>> RoundTripsAsync(AgentClient client)
    {
        var milliseconds = new List<double>();
        for (var round = 0; round < WarmUps + Requests; round++)
        {
            var taken = await Samples.TimeAsync(() => client.ListAsync(CancellationToken.None));
            if (round >= WarmUps)
            {
                milliseconds.Add(taken);
            }
        }

        return milliseconds;
    }

    /// <summary>
    /// From the moment a step ended, by the coordinator's clock, to its notification here: both are processes of one machine and read one
    /// clock. What is stored before a step is told lies in between, its commit and its log.
    /// </summary>
    private static async Task EventsAsync(BenchmarkReport report, Workplace place, AgentClient client)
    {
        var arrivals = new List<double>();
        var ready = new HashSet<string>(StringComparer.Ordinal);
        for (var number = 0; number < Tasks; number++)
        {
            var task = await client.CreateAsync(
                new CreateTaskParams { Prompt = string.Create(CultureInfo.InvariantCulture, $"{BenchmarkScript.Prompt} {number}") }, CancellationToken.None);
            await client.FollowAsync(task.Id, CancellationToken.None);
        }

        var roundTrips = new ConcurrentBag<double>();
        using var resting = new CancellationTokenSource();
        var asking = Task.Run(async () =>
        {
            await using var other = place.NewClient();
            await other.AttachAsync(CancellationToken.None);
            while (!resting.IsCancellationRequested)
            {
                roundTrips.Add(await Samples.TimeAsync(() => other.ListAsync(CancellationToken.None)));
                await Task.Delay(5, CancellationToken.None);
            }
        });
        await foreach (var change in client.Changes.ReadAllAsync())
        {
            if (change is StepChange { Step: var step })
            {
                arrivals.Add((DateTimeOffset.UtcNow - (step.StartedAt + TimeSpan.FromMilliseconds(step.DurationMs))).TotalMilliseconds);
            }
            else if (change is TaskChange { Task: { State: "readyForReview" or "failed" } task } && ready.Add(task.Id) && ready.Count == Tasks)
            {
                break;
            }
        }

        await resting.CancelAsync();
        await asking;
        report.AtMost("end of a step to its notification at a client, its commit included, 5 running tasks, median", Samples.Median(arrivals), 100, "ms");
        report.AtMost("the same, 95th percentile", Samples.Percentile(arrivals, 0.95), 100, "ms");
        report.Note("request over the socket and back meanwhile, median", Samples.Median(roundTrips), "ms");
    }

    private static void Bundle(BenchmarkReport report)
    {
        var folder = Path.Combine(Checkout.Root(), "extension-vscode", "dist");
        var bundles = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.js") : [];
        if (bundles.Length > 0)
        {
            report.AtMost("JavaScript of the extension, the webview included", bundles.Sum(static file => new FileInfo(file).Length) / 1024.0, BundleKilobytes, "KB");
        }
        else
        {
            report.Missing("JavaScript of the extension, the webview included", BundleKilobytes, "KB", "not bundled here");
        }
    }
}
