using System.Text.Json.Nodes;
using Agent.Ide.Coordinator.Tests.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Agent.Ide.Git;

namespace Agent.Ide.Coordinator.Tests.Conversations;

public sealed class ConversationRecorderTests
{
    [Fact]
    public async Task CatchUp_PutsOnEachCheckpoint_WhatWasSaidSinceTheOneBefore()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        task.Log.Append(new MessageAdded { Text = "And \"quickly\"." });
        LookAround(task);
        await task.StepAsync("three\n");
        using var recorder = task.NewRecorder();

        await recorder.CatchUpAsync(atRest: false, CancellationToken.None);

        var (first, second) = (task.Log.Snapshot.Steps[0].Commit!, task.Log.Snapshot.Steps[2].Commit!);
        Kinds(await task.NoteAsync(first)).ShouldBe(["header 1", "task", "answer", "stepStarted 1", "stepFinished 1"]);
        Kinds(await task.NoteAsync(second)).ShouldBe(
            ["header 3", "message", "answer", "stepStarted 2", "stepFinished 2", "answer", "stepStarted 3", "stepFinished 3"]);
        var about = (await task.NoteAsync(first))[1];
        about["prompt"]!.GetValue<string>().ShouldBe("Do it.");
        about["baseCommit"]!.GetValue<string>().ShouldBe(task.Log.Snapshot.BaseCommit);
        (await task.NoteAsync(second))[1]["text"]!.GetValue<string>().ShouldBe("And \"quickly\".");
    }

    [Fact]
    public async Task CatchUp_AtRest_AddsWhatCameAfterTheLastCheckpoint_UntilTheNextOneHasIt()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        task.Log.Append(new ModelAnswered { Model = "m", Text = "Done.", Usage = new TokenUsage(1, 0, 1, true) });
        using (var recorder = task.NewRecorder())
        {
            await recorder.CatchUpAsync(atRest: true, CancellationToken.None);
        }

        var first = task.Log.Snapshot.Steps[0].Commit!;
        Kinds(await task.NoteAsync(first)).ShouldBe(["header 1", "task", "answer", "stepStarted 1", "stepFinished 1", "rest", "answer"]);

        task.Log.Append(new MessageAdded { Text = "More." });
        await task.StepAsync("three\n");
        using (var recorder = task.NewRecorder())
        {
            await recorder.CatchUpAsync(atRest: false, CancellationToken.None);
        }

        Kinds(await task.NoteAsync(first)).ShouldBe(["header 1", "task", "answer", "stepStarted 1", "stepFinished 1"]);
        Kinds(await task.NoteAsync(task.Log.Snapshot.Head)).ShouldBe(["header 2", "answer", "message", "answer", "stepStarted 2", "stepFinished 2"]);
    }

    [Fact]
    public async Task CatchUp_OfATaskWithoutACheckpoint_PutsTheConversationOnItsBase_UntilThereIsOne()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        LookAround(task);
        using var recorder = task.NewRecorder();
        await recorder.CatchUpAsync(atRest: true, CancellationToken.None);
        Kinds(await task.NoteAsync(task.Log.Snapshot.BaseCommit)).ShouldBe(["header 0", "task", "rest", "answer", "stepStarted 1", "stepFinished 1"]);

        await task.StepAsync("two\n");
        await recorder.CatchUpAsync(atRest: true, CancellationToken.None);

        Kinds(await task.NoteAsync(task.Log.Snapshot.BaseCommit)).ShouldBe(["header 0", "task"]);
        Kinds(await task.NoteAsync(task.Log.Snapshot.Head)).ShouldBe(
            ["header 2", "task", "answer", "stepStarted 1", "stepFinished 1", "answer", "stepStarted 2", "stepFinished 2"]);
    }

    [Fact]
    public async Task CatchUp_WhereNotesWereLost_WritesThemAgain()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        await task.StepAsync("three\n");
        var first = task.Log.Snapshot.Steps[0].Commit!;
        using (var recorder = task.NewRecorder())
        {
            await recorder.CatchUpAsync(atRest: true, CancellationToken.None);
        }

        await task.Repository.GitAsync("notes", $"--ref=agent-ide/{LiveTask.Id}", "remove", first);
        using (var recorder = task.NewRecorder())
        {
            await recorder.CatchUpAsync(atRest: true, CancellationToken.None);
        }

        Kinds(await task.NoteAsync(first)).ShouldBe(["header 1", "task", "answer", "stepStarted 1", "stepFinished 1"]);
        Kinds(await task.NoteAsync(task.Log.Snapshot.Head)).ShouldBe(["header 2", "answer", "stepStarted 2", "stepFinished 2"]);
    }

    [Fact]
    public async Task CatchUp_AfterARollBack_GoesOnFromTheStepThatStayed_AndLeavesTheUndoneNotesAlone()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");
        LookAround(task);
        await task.StepAsync("three\n");
        var (first, undone) = (task.Log.Snapshot.Steps[0].Commit!, task.Log.Snapshot.Head);
        using var recorder = task.NewRecorder();
        await recorder.CatchUpAsync(atRest: true, CancellationToken.None);
        var noteOfUndone = await task.Notes.ReadAsync(TaskRefs.Notes(LiveTask.Id), undone, 1 << 20);

        await task.Git.RollbackAsync(task.Log.Snapshot, first, CancellationToken.None);
        task.Log.Append(new RolledBack { ToStep = 2, Head = first, KeptRef = "refs/agent-ide/kept/a-task/1" });
        await task.StepAsync("four\n");
        await recorder.CatchUpAsync(atRest: true, CancellationToken.None);

        var note = await task.NoteAsync(task.Log.Snapshot.Head);
        Kinds(note).ShouldBe(["header 3", "answer", "stepStarted 2", "stepFinished 2", "rolledBack", "answer", "stepStarted 3", "stepFinished 3"]);
        note.Single(line => line["kind"]?.GetValue<string>() == "rolledBack").ContainsKey("keptRef").ShouldBeFalse();
        (await task.Notes.ReadAsync(TaskRefs.Notes(LiveTask.Id), undone, 1 << 20)).ShouldBe(noteOfUndone);
    }

    [Fact]
    public async Task CatchUp_BringsTheTextsThatResultsReferTo_AndNamesTheOneThatIsTooLong()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        var small = await task.Artifacts.PutAsync("all of it", CancellationToken.None);
        var large = await task.Artifacts.PutAsync(new string('x', 300_000), CancellationToken.None);
        LookAround(task, small);
        LookAround(task, large);
        await task.StepAsync("two\n");
        using var recorder = task.NewRecorder();

        await recorder.CatchUpAsync(atRest: true, CancellationToken.None);

        var artifacts = (await task.NoteAsync(task.Log.Snapshot.Head)).Where(line => line["kind"]?.GetValue<string>() == "artifact").ToList();
        artifacts[0].ToJsonString().ShouldBe($$"""{"kind":"artifact","ref":"{{small}}","text":"all of it"}""");
        artifacts[1].ToJsonString().ShouldBe($$"""{"kind":"artifact","ref":"{{large}}","omitted":"it has 300000 bytes"}""");
    }

    [Fact]
    public async Task Notes_HoldNoAddressNoPathOfTheMachineNoApprovalAndNoState()
    {
        await using var task = await LiveTask.CreateAsync(
            settings: new TaskSettings { BaseUrl = "https://user:hunter2@models.invalid/v1", Script = "/home/secret/script.json", Tools = [new ToolSettings("run_command", Approval: ToolApproval.Never)] });
        await task.PrepareAsync();
        task.Log.Append(new ApprovalRequested { CallId = "c1", Tool = BuiltInTools.RunCommand, Summary = "s3cret", Arguments = "{}", Reason = "always" });
        task.Log.Append(new ApprovalAnswered { CallId = "c1", Decision = ApprovalDecision.AllowAlways });
        await task.StepAsync("two\n");
        using var recorder = task.NewRecorder();

        await recorder.CatchUpAsync(atRest: true, CancellationToken.None);

        var note = await task.Repository.GitAsync("notes", $"--ref=agent-ide/{LiveTask.Id}", "show", task.Log.Snapshot.Head);
        foreach (var kept in (string[])["hunter2", "models.invalid", "secret", "s3cret", task.Repository.Path, "approval", "allowAlways", "never"])
        {
            note.ShouldNotContain(kept, Case.Insensitive);
        }

        note.ShouldContain("\"maxSteps\":200");
    }

    [Fact]
    public async Task ATaskThatRests_HasItsWholeConversationInNotes()
    {
        await using var task = await LiveTask.CreateAsync(
            """{"": [{"calls": [{"name": "write_file", "arguments": {"path": "notes.txt", "content": "two\n"}}]}, {"text": "All done."}]}""");
        await task.TakeUpAsync();

        var ready = await task.SeenAsync(snapshot => snapshot.State == TaskState.ReadyForReview);

        Kinds(await task.NoteAsync(ready.Head)).ShouldBe(["header 1", "task", "answer", "stepStarted 1", "stepFinished 1", "rest", "answer"]);
        (await task.Repository.GitAsync("fsck", "--strict", "--no-dangling")).ShouldNotContain("error");
    }

    private static void LookAround(LiveTask task, string? reference = null)
    {
        var step = task.Log.Snapshot.LastStep + 1;
        task.Log.Append(new ModelAnswered { Model = "m", Usage = new TokenUsage(1, 0, 1, true), Calls = [new RequestedCall($"c{step}", BuiltInTools.ListFiles, "{}")] });
        task.Log.Append(new StepStarted { Step = step, CallId = $"c{step}", Tool = BuiltInTools.ListFiles, Version = 1, Arguments = "{}" });
        task.Log.Append(new StepFinished { Step = step, CallId = $"c{step}", Content = "notes.txt", ContentRef = reference, Summary = "1 file" });
    }

    private static string[] Kinds(JsonObject[] lines) =>
    [
        .. lines.Select(line => line.ContainsKey("format")
            ? $"header {line["step"]}"
            : line["kind"]!.GetValue<string>() + (line["step"] is { } step && line["kind"]!.GetValue<string>() is "stepStarted" or "stepFinished" ? $" {line["step"]}" : string.Empty)),
    ];
}
