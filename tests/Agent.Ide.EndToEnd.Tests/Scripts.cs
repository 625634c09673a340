using System.Text.Json.Nodes;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>Builds scripts for the model server: what the model says, turn by turn.</summary>
internal sealed class Script
{
    private readonly JsonObject _conversations = [];

    public static JsonObject Call(string tool, params (string Name, JsonNode? Value)[] arguments)
    {
        var values = new JsonObject();
        foreach (var (name, value) in arguments)
        {
            values[name] = value;
        }

        return new JsonObject { ["name"] = tool, ["arguments"] = values };
    }

    public static JsonObject Read(string path) => Call("read_file", ("path", path));

    public static JsonObject Write(string path, string content) => Call("write_file", ("path", path), ("content", content));

    public static JsonObject Edit(string path, string oldText, string newText) =>
        Call("edit_file", ("path", path), ("old_text", oldText), ("new_text", newText));

    public static JsonObject Command(string command) => Call("run_command", ("command", command));

    public static JsonObject Finish(string summary) => Call("finish", ("summary", summary));

    /// <summary>A conversation of one call per turn.</summary>
    public Script On(string marker, params JsonObject[] calls) => On(marker, delayMs: 0, calls);

    public Script On(string marker, int delayMs, params JsonObject[] calls)
    {
        var steps = new JsonArray();
        foreach (var call in calls)
        {
            steps.Add((JsonNode)new JsonObject { ["calls"] = new JsonArray(call), ["delayMs"] = delayMs });
        }

        _conversations[marker] = steps;
        return this;
    }

    public override string ToString() => _conversations.ToJsonString();
}
