using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Agent.Ide.Client;
using Agent.Ide.Client.Board;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Benchmarks;

/// <summary>How soon tasks go on after their coordinator was killed, and whether a step is lost that somebody had been told of.</summary>
internal sealed class ResumeBenchmark : IAsyncDisposable
{
    private const string Prompt = "write many files";
    private const int AtOnce = 5;
    private const int StepsPerTask = 60;
    private const int ModelDelayMs = 30;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Workplace _place;
    private readonly AgentClient _client;
    private readonly ConcurrentDictionary<string, AgentTask> _tasks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Task, int Step), (TaskStep Step, DateTimeOffset ToldAt)> _told = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Random _random = new(1);
    private int _created;

    private ResumeBenchmark(Workplace place)
    {
        _place = place;
        _client = place.NewClient();
    }

    private IEnumerable<AgentTask> Running => _tasks.Values.Where(task => task.State == "running");

    public static async Task RunAsync(BenchmarkReport report)
    {
        var kills = int.TryParse(Environment.GetEnvironmentVariable("AGENT_IDE_BENCH_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 20;
        await using var place = await Workplace.CreateAsync(200, extend: Extend);
        await using var benchmark = new ResumeBenchmark(place);
        await benchmark.MeasureAsync(report, kills);
    }

    public ValueTask DisposeAsync()
    {
        _changed.Dispose();
        return _client.DisposeAsync();
    }

    private static void Extend(JsonObject script)
    {
        var steps = new JsonArray();
        for (var index = 0; index < StepsPerTask; index++)
        {
            var call = new JsonObject
            {
                ["name"] = "write_file",
                ["arguments"] = new JsonObject { ["path"] = $"made/{index}.txt", ["content"] = $"{index}\n" },
            };
            steps.Add((JsonNode)new JsonObject { ["calls"] = new JsonArray(call), ["delayMs"] = ModelDelayMs });
        }

        script[Prompt] = steps;
    }

    private async Task MeasureAsync(BenchmarkReport report, int kills)
    {
        await _client.AttachAsync(CancellationToken.None);
        var watching = WatchAsync();
        var times = new List<double>();
        for (var kill = 0; kill < kills; kill++)
        {
            await FillUpAsync();
            await Task.Delay(_random.Next(200));
            var running = Running.Select(task => task.Id).ToArray();
            var start = Stopwatch.GetTimestamp();
            var killedAt = DateTimeOffset.UtcNow;
            ChildProcess.Kill(_place.Program.CoordinatorPid()!.Value);
            await UntilAsync(() => running.All(id => _tasks[id].State != "running" || _told.Any(told => told.Key.Task == id && told.Value.Step.StartedAt > killedAt)));
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        report.AtMost($"kill -9 of the coordinator with 5 running tasks until all 5 go on, slowest of {kills}", times.Max(), 3, "s");
        report.Note("the same, median", Samples.Median(times), "s");
        report.AtMost($"acknowledged steps lost in {kills} kills, of {_told.Count} told", await CountLostAsync(), 0, "steps");
        await _client.DisposeAsync();
        await watching;
    }

    /// <summary>Five tasks run, with enough left to do for the next kill; those that have ended make room.</summary>
    private async Task FillUpAsync()
    {
        while (Running.Count(task => task.Steps < StepsPerTask - 20) is var running && running < AtOnce)
        {
            if (_tasks.Values.Count(task => task.State is "queued" or "preparing" or "running") < AtOnce)
            {
                var task = await _client.CreateAsync(new CreateTaskParams { Prompt = $"{Prompt} {++_created}" }, CancellationToken.None);
                _tasks.TryAdd(task.Id, task);
            }
            else
            {
                await _changed.WaitAsync(Patience);
            }
        }
    }

    private async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            if (!await _changed.WaitAsync(Patience))
            {
                throw new TimeoutException("The tasks do not go on.");
            }
        }
    }

    private async Task<double> CountLostAsync()
    {
        var lost = 0;
        foreach (var group in _told.GroupBy(told => told.Key.Task))
        {
            var steps = (await _client.GetAsync(group.Key, CancellationToken.None)).Steps.ToDictionary(step => step.Number);
            lost += group.Count(told => !steps.TryGetValue(told.Key.Step, out var step) || step.Commit != told.Value.Step.Commit);
        }

        return lost;
    }

    private async Task WatchAsync()
    {
        try
        {
            await foreach (var change in _client.Changes.ReadAllAsync())
            {
                switch (change)
                {
                    case TaskChange task:
                        _tasks[task.Task.Id] = task.Task;
                        break;
                    case StepChange step:
                        _told[(step.Id, step.Step.Number)] = (step.Step, DateTimeOffset.UtcNow);
                        break;
                }

                if (_changed.CurrentCount == 0)
                {
                    _changed.Release();
                }
            }
        }
        catch (AgentRequestException)
        {
            // The client was closed.
        }
    }
}
