using System.Globalization;
using System.Text.Json.Nodes;
using Agent.Ide.Faults.Host;

namespace Agent.Ide.Faults.Tests;

/// <summary>What one seed does: the tasks it makes, what their model says, and when what is killed. The seed alone decides.</summary>
internal sealed class SeededPlan
{
    private const int MaxEntryPerTask = 26;

    private readonly Queue<Coming> _coming = new();
    private readonly List<TaskPlan> _tasks = [];

    public SeededPlan(int seed)
    {
        Seed = seed;
        var random = new Random(seed);
        var tasks = random.Next(10) < 7 ? 1 : 2;
        for (var index = 0; index < tasks; index++)
        {
            _tasks.Add(TaskPlan.Make(random, $"seed-{seed.ToString("0000", CultureInfo.InvariantCulture)}-{(char)('a' + index)}"));
        }

        var kills = random.Next(1, 4);
        for (var kill = 0; kill < kills; kill++)
        {
            _coming.Enqueue(Next(random, tasks, isFirst: kill == 0));
        }
    }

    public int Seed { get; }

    public IReadOnlyList<TaskPlan> Tasks => _tasks;

    /// <summary>What awaits the next coordinator; after the seed's kills, peace.</summary>
    public Coming Next() => _coming.TryDequeue(out var coming) ? coming : Coming.Peace;

    public override string ToString() => $"seed {Seed}: {string.Join(", ", _coming)}";

    private static Coming Next(Random random, int tasks, bool isFirst)
    {
        var targets = random.Next(20) switch
        {
            < 10 => FaultTargets.Coordinator,
            < 13 => FaultTargets.Coordinator | FaultTargets.Worker | FaultTargets.Command,
            < 15 => FaultTargets.Coordinator | FaultTargets.Worker,
            < 18 => FaultTargets.Worker,
            _ => FaultTargets.Command,
        };
        // A worker or command that is killed alone leaves a coordinator that lives on, so nothing comes after it.
        var delay = random.Next(3) == 0 && targets.HasFlag(FaultTargets.Coordinator) ? 0 : random.Next(1, 25_000);
        var fault = new Fault(random.Next(1, MaxEntryPerTask * tasks), delay > 0 || random.Next(2) == 0, delay, targets);
        return new Coming(fault, AfterReboot: !isFirst && random.Next(8) == 0);
    }
}

/// <summary>One task of a plan.</summary>
/// <param name="Prompt">Also what its model's script goes by.</param>
/// <param name="Answers">The calls of each answer of the model.</param>
/// <param name="Files">What the files must hold that its steps write, by the number of the step.</param>
/// <param name="Ending">What a person does with it once it is ready.</param>
internal sealed record TaskPlan(string Prompt, JsonObject[][] Answers, IReadOnlyList<(int Step, string Path, string Content)> Files, string Ending)
{
    public static TaskPlan Make(Random random, string prompt)
    {
        var answers = new List<JsonObject[]>();
        var files = new List<(int, string, string)>();
        var step = 0;
        for (var left = random.Next(3, 7); left > 0; left--)
        {
            var calls = Enumerable.Range(0, random.Next(5) == 0 ? 2 : 1).Select(_ => Call(++step)).ToArray();
            answers.Add(calls);
        }

        answers.Add([Script.Finish("Done.")]);
        var ending = random.Next(5) switch { 0 => "accept", 1 => "discard", _ => string.Empty };
        return new TaskPlan(prompt, [.. answers], files, ending);

        JsonObject Call(int number)
        {
            switch (random.Next(6))
            {
                case 0:
                case 1:
                    var path = $"{prompt}/file{number}.txt";
                    files.Add((number, path, $"content {number}\n"));
                    return Script.Write(path, $"content {number}\n");
                case 2:
                    return Script.Read("a.txt");
                case 3:
                    return Script.RunOnce($"{prompt}-{number}", $"{prompt}.log", "sleep 0.05");
                default:
                    return Script.RunOnce($"{prompt}-{number}", $"{prompt}.log");
            }
        }
    }
}
