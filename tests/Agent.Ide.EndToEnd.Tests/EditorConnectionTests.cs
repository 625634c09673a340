using System.Diagnostics;
using System.Text.Json.Nodes;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Testing.Models;
using Agent.Ide.Testing.Programs;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>How an editor comes to its coordinator: what it brings along, and what may happen to the coordinator meanwhile.</summary>
public sealed class EditorConnectionTests
{
    private const string Key = "sk-kept-by-the-editor";

    [Fact]
    public async Task AKeyThatOnlyTheEditorHas_IsSentToTheModel_AlsoByTasksThatANewCoordinatorGoesOnWith()
    {
        var script = new Script().On("write it", Script.Write("one.txt", "1\n"), Script.Write("two.txt", "2\n"), Script.Finish("Written."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));
        all.Model.RequiredKey = Key;
        all.Model.FaultFor = request => request.Answers == 1 ? new ModelFault { Hold = true } : null;
        await using var first = new ScriptedEditor(all.Program, all.Repository.Path, _ => null) { Variables = { ["OPENAI_API_KEY"] = Key } };
        await first.InitializeAsync(all.Repository.Path);
        var task = await first.NewTaskAsync("write it");
        using var patience = new CancellationTokenSource(RunningProgram.Patience);
        await all.Model.WaitForChatRequestAsync(2, patience.Token);
        using var coordinator = Process.GetProcessById(all.Program.CoordinatorPid()!.Value);
        coordinator.Kill();
        await coordinator.WaitForExitAsync(patience.Token);
        all.Model.FaultFor = null;

        await using var second = new ScriptedEditor(all.Program, all.Repository.Path, _ => null) { Variables = { ["OPENAI_API_KEY"] = Key } };
        await second.InitializeAsync(all.Repository.Path);

        (await all.Program.JsonAsync("wait", task))["state"]!.GetValue<string>().ShouldBe("readyForReview");
    }

    [Fact]
    public async Task ACoordinatorThatWasFoundAhead_AndEndsBeforeItIsAskedAnything_IsReplaced()
    {
        await using var all = await EndToEnd.CreateAsync(new Script(), ("README.md", "hello\n"));
        (await all.Program.RunAsync("tasks")).ShouldEndWith(0);
        await using var editor = new ScriptedEditor(all.Program, all.Repository.Path, _ => null, "--repo", all.Repository.Path);
        var patience = Stopwatch.StartNew();
        while ((await all.Program.JsonAsync("coordinator", "status"))["clients"]!.GetValue<int>() < 2)
        {
            patience.Elapsed.ShouldBeLessThan(RunningProgram.Patience, "it connects before the editor says anything");
        }

        var first = all.Program.CoordinatorPid();
        (await all.Program.RunAsync("coordinator", "stop")).ShouldEndWith(0);

        var result = await editor.InitializeAsync(all.Repository.Path);

        result["serverInfo"]!["name"]!.GetValue<string>().ShouldBe("agent-ide");
        all.Program.CoordinatorPid().ShouldNotBeNull().ShouldNotBe(first!.Value);
        (await editor.ExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task ARepositoryThatWasGuessedWrong_IsNotTheOneThatTheEditorGets()
    {
        await using var all = await EndToEnd.CreateAsync(new Script(), ("README.md", "hello\n"));
        await using var guessed = await EndToEnd.CreateAsync(new Script(), ("README.md", "hello\n"));
        (await guessed.Program.RunAsync("tasks")).ShouldEndWith(0);
        await using var editor = new ScriptedEditor(all.Program, all.Repository.Path, _ => null, "--repo", guessed.Repository.Path);

        await editor.InitializeAsync(all.Repository.Path);

        (await all.Program.JsonAsync("coordinator", "status"))["clients"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task ARepositoryThatWasOnlyGuessed_GetsNoCoordinator()
    {
        await using var all = await EndToEnd.CreateAsync(new Script(), ("README.md", "hello\n"));
        await using var guessed = await EndToEnd.CreateAsync(new Script(), ("README.md", "hello\n"));
        await using var editor = new ScriptedEditor(all.Program, all.Repository.Path, _ => null, "--repo", guessed.Repository.Path);

        await editor.InitializeAsync(all.Repository.Path);

        guessed.Program.CoordinatorPid().ShouldBeNull();
    }

    [Fact]
    public async Task WhatAnEditorSaysOfItsEnvironment_ButForKeys_IsNotTaken()
    {
        var script = new Script().On("write it", Script.Write("one.txt", "1\n"), Script.Finish("Written."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));
        await using var editor = new ScriptedEditor(all.Program, all.Repository.Path, _ => null)
        {
            Variables = { ["AGENT_IDE_INFERENCE__BASE_URL"] = "http://127.0.0.1:9/v1", ["HOME"] = "/nowhere", ["XDG_CONFIG_HOME"] = "/nowhere" },
        };
        await editor.InitializeAsync(all.Repository.Path);

        var task = await editor.NewTaskAsync("write it");

        (await all.Program.JsonAsync("wait", task))["state"]!.GetValue<string>().ShouldBe("readyForReview");
    }
}
