using System.Text.Json.Nodes;

namespace Agent.Ide.Faults.Tests;

/// <summary>What the model says, answer by answer.</summary>
internal sealed class Script
{
    private readonly JsonObject _conversations = [];

    public static JsonObject Write(string path, string content) => Call("write_file", ("path", path), ("content", content));

    public static JsonObject Edit(string path, string oldText, string newText) =>
        Call("edit_file", ("path", path), ("old_text", oldText), ("new_text", newText));

    public static JsonObject Read(string path) => Call("read_file", ("path", path));

    public static JsonObject Command(string command) => Call("run_command", ("command", command));

    /// <summary>A command that must not run twice; it notes that it ran.</summary>
    public static JsonObject RunOnce(string token, string file = Invariants.RunsFile, string? then = null) =>
        Command($"echo {token} >> {file}" + (then is null ? string.Empty : $"; {then}"));

    public static JsonObject Ask(string question) => Call("ask_user", ("question", question));

    public static JsonObject Finish(string summary) => Call("finish", ("summary", summary));

    /// <param name="marker">Part of the prompts that follow it.</param>
    /// <param name="answers">The calls of each answer.</param>
    public Script On(string marker, params JsonObject[][] answers)
    {
        var steps = new JsonArray();
        foreach (var calls in answers)
        {
            steps.Add((JsonNode)new JsonObject { ["calls"] = new JsonArray([.. calls]) });
        }

        _conversations[marker] = steps;
        return this;
    }

    public override string ToString() => _conversations.ToJsonString();

    private static JsonObject Call(string tool, params (string Name, string Value)[] arguments)
    {
        var values = new JsonObject();
        foreach (var (name, value) in arguments)
        {
            values[name] = value;
        }

        return new JsonObject { ["name"] = tool, ["arguments"] = values };
    }
}
