using System.Text.Json.Nodes;
using Agent.Ide.Protocol;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>Tasks may ask the models that an attached editor has, for whoever makes them.</summary>
public sealed class EditorModelTests
{
    [Fact]
    public async Task ATask_IsAnsweredByAModelOfTheAttachedEditor()
    {
        await using var all = await CreateAsync();
        var turns = new List<JsonNode>();
        await using var editor = await ScriptedEditor.OpenAsync(all.Program, all.Repository.Path, _ => null, turn =>
        {
            turns.Add(turn);
            return turns.Count == 1 ? Answer("", Script.Write("made.txt", "by the editor\n")) : Answer("Made it.");
        });

        var run = await all.Program.JsonAsync("run", "make a file", "--model", "large");

        run["state"]!.GetValue<string>().ShouldBe("readyForReview");
        run["model"]!.GetValue<string>().ShouldBe("large");
        run["budget"]!["maxTokens"]!.GetValue<int>().ShouldBe(64000);
        (await all.Repository.ShowAsync(run["branch"]!.GetValue<string>(), "made.txt")).ShouldBe("by the editor\n");
        turns.Count.ShouldBe(2);
        turns[0]["model"]!.GetValue<string>().ShouldBe("large");
        turns[0]["tools"]!.AsArray().Select(tool => tool!["name"]!.GetValue<string>()).ShouldContain("write_file");
        turns[0]["messages"]!.AsArray().Select(message => message!["role"]!.GetValue<string>()).ShouldBe(["system", "user"]);
        var called = turns[1]["messages"]![2]!["calls"]![0]!;
        called["arguments"]!["path"]!.GetValue<string>().ShouldBe("made.txt");
        turns[1]["messages"]![3]!["callId"]!.GetValue<string>().ShouldBe(called["id"]!.GetValue<string>());
        all.Model.ChatRequests.ShouldBeEmpty();
    }

    [Fact]
    public async Task WithoutAnEditor_ATaskIsNotMade_AndSaysWhatToDo()
    {
        await using var all = await CreateAsync();

        var run = await all.Program.RunAsync("run", "make a file");

        run.ShouldEndWith(ExitCodes.Environment);
        run.Error.ShouldContain("No editor with models of its own is attached.");
        run.Error.ShouldContain("Open the repository in VS Code");
        (await all.TaskIdsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task WhenTheEditorLeaves_TheTaskFailsWithThatReason_AndGoesOnWithTheNextEditor()
    {
        await using var all = await CreateAsync();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leaving = await ScriptedEditor.OpenAsync(all.Program, all.Repository.Path, _ => null, _ =>
        {
            asked.TrySetResult();
            throw new InvalidOperationException("The window was closed.");
        });
        var run = await all.Program.RunAsync("run", "make a file");
        run.ShouldEndWith(ExitCodes.Failed);
        run.Error.ShouldContain("Scripted Editor gave no answer");
        await asked.Task;
        await leaving.DisposeAsync();
        await using var next = await ScriptedEditor.OpenAsync(all.Program, all.Repository.Path, _ => null, _ => Answer("Nothing to do."));

        var id = (await all.TaskIdsAsync()).Single();
        (await all.Program.RunAsync("resume", id)).ShouldEndWith(0);
        var resumed = await all.Program.JsonAsync("wait", id);

        resumed["state"]!.GetValue<string>().ShouldBe("readyForReview");
    }

    private static async Task<EndToEnd> CreateAsync()
    {
        var all = await EndToEnd.CreateAsync(new Script(), ("README.md", "hello\n"));
        all.Program.Variables["AGENT_IDE_INFERENCE__PROVIDER"] = "editor";
        all.Program.Variables.Remove("AGENT_IDE_INFERENCE__BASE_URL");
        return all;
    }

    private static JsonObject Answer(string text, params JsonObject[] calls)
    {
        var made = new JsonArray();
        foreach (var call in calls)
        {
            call["id"] = $"call {made.Count}";
            made.Add((JsonNode)call);
        }

        return new JsonObject { ["text"] = text, ["calls"] = made };
    }
}
