using System.Text.Json.Nodes;
using Agent.Ide.Testing.Programs;

namespace Agent.Ide.Benchmarks;

/// <summary>Two agents beside three greedy ones must hardly notice them.</summary>
internal static class NeighboursBenchmark
{
    private const int ModelDelayMs = 250;
    private const int Rounds = 3;

    private static readonly (string Prompt, string Command)[] s_greedy =
    [
        ("be greedy for memory", "head -c 8G /dev/zero | tail; sleep 20"),
        ("be greedy for processes", "bomb() { bomb | bomb & }; bomb; sleep 20"),
        ("be greedy for the processor", "while :; do :; done & while :; do :; done"),
    ];

    public static async Task RunAsync(BenchmarkReport report)
    {
        await using var place = await Workplace.CreateAsync(200, ModelDelayMs, Greedy);
        await place.Program.RunAsync("tasks");
        var alone = new List<double>();
        var beside = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            alone.Add(await NeighboursAsync(place));
            var greedy = s_greedy.Select(entry => place.Program.Start("run", entry.Prompt)).ToList();
            beside.Add(await NeighboursAsync(place));
            foreach (var program in greedy)
            {
                program.Kill();
                await program.DisposeAsync();
            }

            await StopAllAsync(place);
        }

        report.Note("two tasks of 20 steps, model answers after 250 ms, median", Samples.Median(alone) / 1000, "s");
        report.AtMost("the same beside three agents, one taking memory, one forking, one spinning", Samples.Median(beside) / Samples.Median(alone), 1.15, "x");
    }

    private static Task<double> NeighboursAsync(Workplace place) =>
        Samples.TimeAsync(() => Task.WhenAll(place.RunTaskAsync(), place.RunTaskAsync()));

    /// <summary>The greedy ones go on until they are stopped: a command that a limit has ended is made again.</summary>
    private static void Greedy(JsonObject script)
    {
        foreach (var (prompt, command) in s_greedy)
        {
            var steps = new JsonArray();
            for (var call = 0; call < 40; call++)
            {
                var arguments = new JsonObject { ["command"] = $"{command} # {call}" };
                steps.Add((JsonNode)new JsonObject { ["calls"] = new JsonArray(new JsonObject { ["name"] = "run_command", ["arguments"] = arguments }) });
            }

            script[prompt] = steps;
        }
    }

    private static async Task StopAllAsync(Workplace place)
    {
        var tasks = (await place.Program.JsonAsync("tasks", "--json"))["tasks"]!.AsArray();
        foreach (var task in tasks.Where(task => task!["state"]!.GetValue<string>() == "running"))
        {
            await place.Program.RunAsync("stop", task!["id"]!.GetValue<string>());
        }
    }
}
