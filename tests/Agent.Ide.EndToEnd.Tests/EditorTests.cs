using System.Text.Json.Nodes;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>Any LSP editor is a front end: delegate, watch, review, accept, with nothing but LSP.</summary>
public sealed class EditorTests
{
    [Fact]
    public async Task ASelectionOfAnUnsavedBuffer_IsDelegatedAsItStands_Watched_AndAcceptedOnceItIsNotUnsavedAnyMore()
    {
        var script = new Script().On("make it louder", Script.Read("greet.txt"), Script.Edit("greet.txt", "hello\n", "HELLO\n"), Script.Finish("Louder."));
        await using var all = await EndToEnd.CreateAsync(script, ("greet.txt", "hello\nworld\n"));
        await using var editor = await ScriptedEditor.OpenAsync(
            all.Program, all.Repository.Path, message => message.Contains("ready for review", StringComparison.Ordinal) ? "Accept" : null);
        var document = new JsonObject { ["uri"] = UriOf(all, "greet.txt") };
        await editor.TellAsync(LspMethods.DidOpen, new JsonObject
        {
            ["textDocument"] = new JsonObject { ["uri"] = UriOf(all, "greet.txt"), ["languageId"] = "plaintext", ["version"] = 1, ["text"] = "hello\nworld\n" },
        });
        await editor.TellAsync(LspMethods.DidChange, new JsonObject
        {
            ["textDocument"] = new JsonObject { ["uri"] = UriOf(all, "greet.txt"), ["version"] = 2 },
            ["contentChanges"] = new JsonArray(new JsonObject { ["range"] = Range(0, 0, 0, 0), ["text"] = "// please, make it louder: " }),
        });
        var actions = await editor.AskAsync(LspMethods.CodeAction, new JsonObject
        {
            ["textDocument"] = document.DeepClone(),
            ["range"] = Range(0, 3, 0, 5),
            ["context"] = new JsonObject { ["diagnostics"] = new JsonArray() },
        });
        var action = actions!.AsArray().Single(offered => offered!["title"]!.GetValue<string>() == "Delegate selection to agent")!;

        var task = await editor.AskAsync(LspMethods.ExecuteCommand, new JsonObject
        {
            ["command"] = action["command"]!["command"]!.DeepClone(),
            ["arguments"] = action["command"]!["arguments"]!.DeepClone(),
        });

        task!["prompt"]!.GetValue<string>().ShouldContain("greet.txt, line 1");
        task["prompt"]!.GetValue<string>().ShouldContain("// please, make it louder: hello");
        await editor.WaitAsync(LspMethods.Progress, progress => Kind(progress) == "begin");
        await editor.WaitAsync(LspMethods.Progress, progress => Kind(progress) == "end");
        var refusal = await editor.WaitAsync(LspMethods.ShowMessage, message => message["message"]!.GetValue<string>().Contains("greet.txt", StringComparison.Ordinal));
        refusal["message"]!.GetValue<string>().ShouldContain("Save or revert what an editor has not saved");
        all.Repository.Read("greet.txt").ShouldBe("hello\nworld\n");

        // The change is undone, which no editor tells as such: its text is that of the file again.
        await editor.TellAsync(LspMethods.DidChange, new JsonObject
        {
            ["textDocument"] = new JsonObject { ["uri"] = UriOf(all, "greet.txt"), ["version"] = 3 },
            ["contentChanges"] = new JsonArray(new JsonObject { ["text"] = "hello\nworld\n" }),
        });
        await editor.AskAsync(LspMethods.ExecuteCommand, new JsonObject { ["command"] = "agentIde.accept", ["arguments"] = new JsonArray(new JsonObject { ["id"] = task["id"]!.DeepClone() }) });
        await editor.WaitAsync(LspMethods.ShowMessage, message => message["message"]!.GetValue<string>().Contains("merged as", StringComparison.Ordinal));
        all.Repository.Read("greet.txt").ShouldBe("HELLO\nworld\n");
        (await all.Repository.GitAsync("log", "-1", "--format=%(trailers:key=Agent-Task,valueonly)")).Trim().ShouldBe(task["id"]!.GetValue<string>());
        (await editor.ExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task AnApproval_IsAskedInTheEditor_AndItsAnswerCounts()
    {
        var script = new Script().On("run it", Script.Command("echo done > out.txt"), Script.Finish("Ran."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));
        var configuration = Directory.CreateDirectory(Path.Combine(all.Repository.Home, ".config", "agent-ide"));
        await File.WriteAllTextAsync(
            Path.Combine(configuration.FullName, "config.yaml"),
            "agent_session:\n  tools:\n    - { name: run_command, approval: always }\n");
        await using var editor = await ScriptedEditor.OpenAsync(
            all.Program, all.Repository.Path, message => message.Contains("may the agent run", StringComparison.Ordinal) ? "Allow" : null);

        var task = await editor.NewTaskAsync("run it");

        var question = await editor.WaitAsync(LspMethods.ShowMessageRequest, _ => true);
        question["message"]!.GetValue<string>().ShouldContain("echo done > out.txt");
        await editor.WaitAsync(LspMethods.ShowMessageRequest, message => message["message"]!.GetValue<string>().Contains("ready for review", StringComparison.Ordinal));
        (await all.Repository.ShowAsync($"agent/{task}", "out.txt")).TrimEnd().ShouldBe("done");
    }

    [Fact]
    public async Task LinesThatTheUserAndATaskBothChanged_AreMarked_AndTheFileShowsWhoseTheyAre()
    {
        var script = new Script().On("change line 2", Script.Read("shared.txt"), Script.Edit("shared.txt", "line 2\n", "line 2 by the agent\n"), Script.Finish("Done."));
        await using var all = await EndToEnd.CreateAsync(script, ("shared.txt", "line 1\nline 2\nline 3\n"));
        await using var editor = await ScriptedEditor.OpenAsync(all.Program, all.Repository.Path, _ => null);
        await editor.NewTaskAsync("change line 2");
        await editor.WaitAsync(LspMethods.ShowMessageRequest, _ => true);

        all.Repository.Write("shared.txt", "line 1\nline 2 by me\nline 3\n");
        await editor.TellAsync(LspMethods.DidSave, new JsonObject { ["textDocument"] = new JsonObject { ["uri"] = UriOf(all, "shared.txt") } });

        var hints = await editor.WaitAsync(LspMethods.PublishDiagnostics, published => published["diagnostics"]!.AsArray().Count > 0);
        hints["uri"]!.GetValue<string>().ShouldBe(UriOf(all, "shared.txt"));
        hints["diagnostics"]![0]!["range"]!["start"]!["line"]!.GetValue<int>().ShouldBe(1);
        var lenses = await editor.AskAsync(LspMethods.CodeLens, new JsonObject { ["textDocument"] = new JsonObject { ["uri"] = UriOf(all, "shared.txt") } });
        lenses!.AsArray().Single()!["command"]!["title"]!.GetValue<string>().ShouldContain("change line 2 (+1 −1)");
    }

    [Fact]
    public async Task LinesThatTheUserHasChanged_AreMarkedOnceATaskChangesThem_AndNoMoreOnceItIsDiscarded_AlsoWhereThereIsAPanel()
    {
        var script = new Script().On("change line 2", Script.Read("shared.txt"), Script.Edit("shared.txt", "line 2\n", "line 2 by the agent\n"), Script.Finish("Done."));
        await using var all = await EndToEnd.CreateAsync(script, ("shared.txt", "line 1\nline 2\nline 3\n"));
        all.Repository.Write("shared.txt", "line 1\nline 2 by me\nline 3\n");
        await using var editor = new ScriptedEditor(all.Program, all.Repository.Path, _ => null) { HasPanel = true };
        await editor.InitializeAsync(all.Repository.Path);

        (await all.Program.RunAsync("run", "change line 2")).ShouldEndWith(0);

        await editor.WaitAsync(LspMethods.PublishDiagnostics, published => published["diagnostics"]!.AsArray().Count > 0);
        var id = (await all.TaskIdsAsync()).Single();
        (await all.Program.JsonAsync("show", id))["task"]!["conflictsWith"]!.AsArray().Single()!.GetValue<string>().ShouldBe("user");

        (await all.Program.RunAsync("discard", id)).ShouldEndWith(0);

        await editor.WaitAsync(LspMethods.PublishDiagnostics, published => published["diagnostics"]!.AsArray().Count == 0);
    }

    [Fact]
    public async Task LinesThatATaskChangesToo_AreTold_BeforeTheyAreSaved_AndNoMoreOnceTheChangeIsUndone()
    {
        var script = new Script().On("change line 2", Script.Read("shared.txt"), Script.Edit("shared.txt", "line 2", "line 2 by the agent"), Script.Finish("Changed."));
        await using var all = await EndToEnd.CreateAsync(script, ("shared.txt", "line 1\nline 2\nline 3\n"));
        await using var editor = await ScriptedEditor.OpenAsync(all.Program, all.Repository.Path, _ => null);
        var uri = UriOf(all, "shared.txt");
        await editor.TellAsync(LspMethods.DidOpen, new JsonObject
        {
            ["textDocument"] = new JsonObject { ["uri"] = uri, ["languageId"] = "plaintext", ["version"] = 1, ["text"] = "line 1\nline 2\nline 3\n" },
        });
        await editor.NewTaskAsync("change line 2");
        await editor.WaitAsync(LspMethods.ShowMessageRequest, message => message["message"]!.GetValue<string>().Contains("ready for review", StringComparison.Ordinal));

        await ChangeAsync("line 1\nline 2 unsaved\nline 3\n", 2);

        var hints = await editor.WaitAsync(LspMethods.PublishDiagnostics, published => published["diagnostics"]!.AsArray().Count > 0);
        hints["uri"]!.GetValue<string>().ShouldBe(uri);
        hints["diagnostics"]![0]!["range"]!["start"]!["line"]!.GetValue<int>().ShouldBe(1);

        await ChangeAsync("line 1\nline 2\nline 3\n", 3);

        await editor.WaitAsync(LspMethods.PublishDiagnostics, published => published["diagnostics"]!.AsArray().Count == 0);

        Task ChangeAsync(string text, int version) => editor.TellAsync(LspMethods.DidChange, new JsonObject
        {
            ["textDocument"] = new JsonObject { ["uri"] = uri, ["version"] = version },
            ["contentChanges"] = new JsonArray(new JsonObject { ["text"] = text }),
        });
    }

    [Fact]
    public async Task AnEditorThatComesBackWithWhatItHadNotSaved_IsHeard_AndAFileInAnotherEncodingIsNoSuchThing()
    {
        var script = new Script().On("change both", Script.Edit("greet.txt", "hello\n", "HELLO\n"), Script.Edit("other.txt", "plain\n", "PLAIN\n"), Script.Command("LC_ALL=C sed -i s/plain/PLAIN/ latin.txt"), Script.Finish("Changed."));
        await using var all = await EndToEnd.CreateAsync(script, ("greet.txt", "hello\nworld\n"), ("other.txt", "plain\nwords\n"));
        await all.Repository.Write("latin.txt", System.Text.Encoding.Latin1.GetBytes("café, plain\r\n")).CommitAsync();
        string id;
        await using (var before = await ScriptedEditor.OpenAsync(all.Program, all.Repository.Path, _ => null))
        {
            id = await before.NewTaskAsync("change both");
            await before.WaitAsync(LspMethods.ShowMessageRequest, message => message["message"]!.GetValue<string>().Contains("ready for review", StringComparison.Ordinal));
        }

        await using var editor = await ScriptedEditor.OpenAsync(all.Program, all.Repository.Path, _ => null);
        await OpenAsync("other.txt", "plain\nwords\n");
        await OpenAsync("latin.txt", "café, plain\n");
        await OpenAsync("greet.txt", "hello\nworld, and what I had not saved\n");

        var refusal = await AcceptAsync("greet.txt");

        refusal.ShouldContain("Save or revert what an editor has not saved");
        refusal.ShouldNotContain("other.txt");
        refusal.ShouldNotContain("latin.txt");
        all.Repository.Read("greet.txt").ShouldBe("hello\nworld\n");

        await editor.TellAsync(LspMethods.DidClose, new JsonObject { ["textDocument"] = new JsonObject { ["uri"] = UriOf(all, "greet.txt") } });
        await AcceptAsync("merged as");
        all.Repository.Read("greet.txt").ShouldBe("HELLO\nworld\n");
        (await File.ReadAllBytesAsync(all.Repository.FullPath("latin.txt"))).ShouldBe(System.Text.Encoding.Latin1.GetBytes("café, PLAIN\r\n"));

        Task OpenAsync(string path, string text) => editor.TellAsync(LspMethods.DidOpen, new JsonObject
        {
            ["textDocument"] = new JsonObject { ["uri"] = UriOf(all, path), ["languageId"] = "plaintext", ["version"] = 1, ["text"] = text },
        });

        async Task<string> AcceptAsync(string said)
        {
            await editor.AskAsync(
                LspMethods.ExecuteCommand, new JsonObject { ["command"] = "agentIde.accept", ["arguments"] = new JsonArray(new JsonObject { ["id"] = id }) });
            var message = await editor.WaitAsync(LspMethods.ShowMessage, message => message["message"]!.GetValue<string>().Contains(said, StringComparison.Ordinal));
            return message["message"]!.GetValue<string>();
        }
    }

    [Fact]
    public async Task AFolderThatIsNoRepository_IsRefusedWithTheReason_AndEndsWith6()
    {
        await using var all = await EndToEnd.CreateAsync(new Script(), ("README.md", "hello\n"));
        var folder = Directory.CreateDirectory(Path.Combine(all.Repository.Folder, "elsewhere")).FullName;
        await using var editor = new ScriptedEditor(all.Program, folder, _ => null);

        var refused = await Should.ThrowAsync<RpcErrorException>(() => editor.InitializeAsync(folder));

        refused.Message.ShouldContain("is not inside a git repository");
    }

    private static string? Kind(JsonNode progress) => progress["value"]!["kind"]!.GetValue<string>();

    private static string UriOf(EndToEnd all, string path) => new Uri(Path.Combine(all.Repository.Path, path)).AbsoluteUri;

    private static JsonObject Range(int startLine, int startCharacter, int endLine, int endCharacter) => new()
    {
        ["start"] = new JsonObject { ["line"] = startLine, ["character"] = startCharacter },
        ["end"] = new JsonObject { ["line"] = endLine, ["character"] = endCharacter },
    };
}
