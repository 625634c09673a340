using System.Text.Json.Nodes;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Benchmarks;

/// <summary>The work that is measured: 10 reads and 10 edits of different files, one call per turn.</summary>
internal static class BenchmarkScript
{
    public const int Steps = 20;

    public const string Prompt = "do the benchmark's work";

    public static string Json(int files, int delayMs = 0, Action<JsonObject>? extend = null)
    {
        var steps = new JsonArray();
        for (var index = 0; index < Steps / 2; index++)
        {
            var path = LargeRepository.PathOf(index * 17 % files);
            steps.Add((JsonNode)Step(delayMs, "read_file", new JsonObject { ["path"] = path }));
            steps.Add((JsonNode)Step(delayMs, "edit_file", new JsonObject { ["path"] = path, ["old_text"] = "namespace ", ["new_text"] = $"// edited {index}\nnamespace " }));
        }

        steps.Add((JsonNode)new JsonObject { ["text"] = "Ten files were edited." });
        var script = new JsonObject { [Prompt] = steps };
        extend?.Invoke(script);
        return script.ToJsonString();
    }

    private static JsonObject Step(int delayMs, string tool, JsonObject arguments) => new()
    {
        ["calls"] = new JsonArray(new JsonObject { ["name"] = tool, ["arguments"] = arguments }),
        ["delayMs"] = delayMs,
    };
}
