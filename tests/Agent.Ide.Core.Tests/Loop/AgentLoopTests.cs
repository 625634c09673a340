using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Microsoft.Extensions.AI;
using static Agent.Ide.Core.Tests.Loop.ScriptedModel;

namespace Agent.Ide.Core.Tests.Loop;

public sealed class AgentLoopTests
{
    [Fact]
    public async Task Run_ReadsEditsAndFinishes_StoringEverythingBeforeActingOnIt()
    {
        var task = new TestTask(
            Calls(Call("read_file", ("path", "a.txt"))),
            Calls(Call("write_file", ("path", "a.txt"), ("content", "more"))),
            Calls(Call("finish", ("summary", "Wrote it."))));
        task.Worktree.Files["a.txt"] = "text";

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        task.Journal.Entries.ShouldBe(
        [
            "model", "append ModelAnswered",
            "append StepStarted", "tool read_file", "append StepFinished",
            "model", "append ModelAnswered",
            "append StepStarted", "tool write_file", "commit 2", "append StepFinished",
            "model", "append ModelAnswered",
            "append StepStarted", "append StepFinished", "append TaskStateChanged",
        ]);
        task.Snapshot.State.ShouldBe(TaskState.ReadyForReview);
        task.Snapshot.Summary.ShouldBe("Wrote it.");
        task.Snapshot.Steps.Select(step => (step.Number, step.Tool, step.Version, step.Files.Count)).ShouldBe(
            [(1, "read_file", 1, 0), (2, "write_file", 1, 1), (3, "finish", 1, 0)]);
        task.Snapshot.Head.ShouldBe(task.Snapshot.Steps[1].Commit);
        task.Worktree.Subjects.ShouldBe(["write_file: wrote a.txt"]);
    }

    [Fact]
    public async Task Run_AnswerWithoutCalls_EndsTheTaskWithItsText()
    {
        var task = new TestTask(Says("  Nothing to do.  "));

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        task.Snapshot.Summary.ShouldBe("Nothing to do.");
    }

    [Fact]
    public async Task Run_FinishBesideOtherCalls_RunsTheOthersFirst()
    {
        var task = new TestTask(Calls(
            Call("finish", ("summary", "ok")), Call("write_file", ("path", "a"), ("content", "1")), Call("write_file", ("path", "b"), ("content", "2"))));

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        task.Snapshot.Steps.Select(step => step.Tool).ShouldBe(["write_file", "write_file", "finish"]);
        task.Worktree.Subjects.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Run_UnknownToolAndBadArguments_BecomeStepsWithErrorsTheModelCanActOn()
    {
        const string raw = "{\"path\": \"a";
        var broken = new FunctionCallContent("broken", "write_file") { AdditionalProperties = new() { [AgentChat.RawArgumentsKey] = raw } };
        var task = new TestTask(Calls(Call("browse_web", ("url", "x")), Call("read_file", ("colour", 1)), broken));

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        task.Worktree.Invocations.ShouldBeEmpty();
        task.Snapshot.Steps.Select(step => step.ErrorCode).ShouldBe(
            [ToolErrors.UnknownTool, ToolErrors.InvalidArguments, ToolErrors.InvalidArguments]);
        var told = Results(task.Model.Requests[1].Messages);
        told[0].ShouldContain("no tool \"browse_web\"");
        told[0].ShouldContain("read_file, write_file");
        told[1].ShouldContain("unknown property \"colour\"");
        told[2].ShouldContain("not valid JSON");
        var sentBack = task.Model.Requests[1].Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Last();
        sentBack.AdditionalProperties![AgentChat.RawArgumentsKey].ShouldBe(raw);
    }

    [Fact]
    public async Task Run_OlderArgumentNames_ReachTheToolAsTheRealOnes()
    {
        var task = new TestTask(Calls(Call("write_file", ("file_path", "a"), ("contents", "1"))));

        await task.RunAsync();

        task.Worktree.Invocations.ShouldHaveSingleItem().Arguments.ShouldBe("""{"path":"a","content":"1"}""");
        task.Snapshot.Steps[0].Arguments.ShouldBe("""{"path":"a","content":"1"}""");
    }

    [Fact]
    public async Task Run_IdsThatAreMissingOrRepeated_AreMadeUnique()
    {
        FunctionCallContent Same() => new("call_0", "read_file", new Dictionary<string, object?> { ["path"] = "a" });
        var task = new TestTask(Calls(Same(), Same()), Calls(Same(), Call("read_file", ("path", "b"))));
        task.Worktree.Files["a"] = "1";
        task.Worktree.Files["b"] = "2";

        await task.RunAsync();

        task.Snapshot.Steps.Count.ShouldBe(4);
        task.Snapshot.Steps.Select(step => step.CallId).ShouldBeUnique();
        task.Snapshot.Steps[0].CallId.ShouldBe("call_0");
    }

    [Fact]
    public async Task Run_PlanAndQuestion_AreKeptAndWaitForThePerson()
    {
        var plan = new List<object?> { System.Text.Json.Nodes.JsonNode.Parse("""{"text":"Look","status":"done"}""") };
        var task = new TestTask(
            Calls(Call("update_plan", ("items", new System.Text.Json.Nodes.JsonArray([.. plan.Cast<System.Text.Json.Nodes.JsonNode>()])))),
            Calls(Call("ask_user", ("question", "Red or blue?"))));

        (await task.RunAsync()).ShouldBe(LoopEnd.WaitingForUser);
        task.Snapshot.State.ShouldBe(TaskState.WaitingForUser);
        task.Snapshot.Plan.ShouldBe([new PlanEntry("Look", "done")]);

        (await task.AnswerAsync(new MessageAdded { Text = "Blue." })).ShouldBe(LoopEnd.ReadyForReview);

        var request = task.Model.Requests[^1].Messages;
        Results(request)[^1].ShouldBe("Blue.");
        request.Count(message => message.Role == ChatRole.User && message.Text.Contains("Blue", StringComparison.Ordinal)).ShouldBe(0);
    }

    [Fact]
    public async Task Run_QuestionAnsweredWhileItIsBeingAsked_DoesNotWait()
    {
        var task = new TestTask(Calls(Call("ask_user", ("question", "Red or blue?"))));
        task.Log.Storing = entry =>
        {
            if (entry is TaskStateChanged { To: TaskState.WaitingForUser })
            {
                // The person speaks between the question and the state that says it waits: nobody else would wake it.
                task.Log.Append(new MessageAdded { Text = "Red." });
            }
        };

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        Results(task.Model.Requests[^1].Messages).ShouldBe(["Red."]);
    }

    [Fact]
    public async Task Run_MessageBetweenLastDecisionAndReady_IsStillSeen()
    {
        var task = new TestTask(Says("Ready."), Says("Ready, really."));
        var spoken = false;
        task.Log.Storing = entry =>
        {
            if (entry is TaskStateChanged { To: TaskState.ReadyForReview } && !spoken)
            {
                spoken = true;
                task.Log.Append(new MessageAdded { Text = "And the tests?" });
            }
        };

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        task.Model.Requests.Count.ShouldBe(2);
        task.Model.Requests[1].Messages[^1].Text.ShouldBe("And the tests?");
        task.Snapshot.Summary.ShouldBe("Ready, really.");
    }

    [Fact]
    public async Task Run_MessageDuringATurn_ComesAfterTheResultsOfItsCalls()
    {
        var task = new TestTask(Calls(Call("write_file", ("path", "a"), ("content", "1")), Call("write_file", ("path", "b"), ("content", "2"))));
        task.Worktree.Instead = (invocation, _) =>
        {
            if (task.Worktree.Invocations.Count == 1)
            {
                task.Log.Append(new MessageAdded { Text = "Hurry." });
            }

            return Task.FromResult<ToolOutcome?>(null);
        };

        await task.RunAsync();

        task.Model.Requests[1].Messages.Select(message => message.Role.Value).ShouldBe(["system", "user", "assistant", "tool", "tool", "user"]);
    }

    [Fact]
    public async Task Run_AMessageToAReadyTask_GoesOnFromThere()
    {
        var task = new TestTask(Calls(Call("finish", ("summary", "One."))), Calls(Call("finish", ("summary", "Two."))));
        await task.RunAsync();

        (await task.AnswerAsync(new MessageAdded { Text = "More." })).ShouldBe(LoopEnd.ReadyForReview);

        task.Snapshot.Summary.ShouldBe("Two.");
        task.Snapshot.Steps.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Run_LargeResult_IsAReferenceThatFetchDetailReads()
    {
        var text = string.Join('\n', Enumerable.Range(1, 900).Select(i => $"line {i} of the file"));
        var task = new TestTask((model, messages) => model.Requests.Count switch
        {
            1 => Calls(Call("read_file", ("path", "a"))),
            2 => Calls(Call("fetch_detail", ("ref", Results(messages)[0].Split("ref ")[1][..16]), ("start_line", 450), ("end_line", 452))),
            _ => Says("done"),
        });
        task.Worktree.Files["a"] = text;

        await task.RunAsync();

        var told = Results(task.Model.Requests[2].Messages);
        told[0].Length.ShouldBeLessThan(2_400);
        told[0].ShouldStartWith("line 1 of the file\n");
        told[0].ShouldEndWith("line 900 of the file");
        told[0].ShouldContain(" of 900 left out: fetch_detail ref ");
        told[1].ShouldBe("[lines 450 to 452 of 900]\nline 450 of the file\nline 451 of the file\nline 452 of the file");
        task.Snapshot.Usage.SavedTokens.ShouldBeGreaterThan(3_000);
    }

    [Fact]
    public async Task Run_DurationsAreMeasured_WithTheGivenClock()
    {
        var task = new TestTask(Calls(Call("read_file", ("path", "a"))));
        task.Worktree.Files["a"] = "1";
        task.Worktree.Instead = (_, _) =>
        {
            task.Time.Advance(TimeSpan.FromMilliseconds(1_250));
            return Task.FromResult<ToolOutcome?>(null);
        };

        await task.RunAsync();

        task.Snapshot.Steps[0].DurationMs.ShouldBe(1_250);
    }

    [Fact]
    public async Task Run_UsageOfTheProvider_IsKeptAndCalibratesTheEstimate()
    {
        var answer = Says("done");
        answer.Usage = new UsageDetails { InputTokenCount = 2_000, CachedInputTokenCount = 1_500, OutputTokenCount = 30 };
        var task = new TestTask(answer);

        await task.RunAsync();

        var usage = task.Snapshot.Usage;
        (usage.InputTokens, usage.CachedInputTokens, usage.OutputTokens, usage.ContextTokens, usage.Estimated).ShouldBe((2_000, 1_500, 30, 2_030, false));
        usage.TokensPerCharacter!.Value.ShouldBeInRange(0.2, 1);
        usage.Model.ShouldBe("scripted-1");
    }

    [Fact]
    public async Task Run_UsageThatTheGatewayEstimated_StaysMarked_AndCalibratesNothing()
    {
        var answer = Says("done");
        answer.Usage = new UsageDetails { InputTokenCount = 2_000, OutputTokenCount = 30 };
        answer.AdditionalProperties = new() { [AgentChat.UsageEstimatedKey] = true };
        var task = new TestTask(answer);

        await task.RunAsync();

        (task.Snapshot.Usage.InputTokens, task.Snapshot.Usage.Estimated, task.Snapshot.Usage.TokensPerCharacter).ShouldBe((2_000, true, null));
    }

    [Fact]
    public async Task Run_TellsTheGatewayHowManyAnswersCount()
    {
        var task = new TestTask(Calls(Call("read_file", ("path", "a"))), Says(string.Empty), Calls(Call("read_file", ("path", "b"))), Says("done"));

        await task.RunAsync();

        task.Model.Requests.Select(request => request.Options.AdditionalProperties![AgentChat.TurnKey]).ShouldBe([0, 1, 1, 2]);
    }

    [Fact]
    public async Task Run_WithoutUsage_IsMarkedEstimated()
    {
        var task = new TestTask(Says("done"));

        await task.RunAsync();

        task.Snapshot.Usage.Estimated.ShouldBeTrue();
        task.Snapshot.Usage.InputTokens.ShouldBeGreaterThan(500);
        task.Snapshot.Usage.TokensPerCharacter.ShouldBeNull();
    }

    [Fact]
    public async Task Run_OfATaskThatDoesNotRun_IsRefused()
    {
        var task = new TestTask(Says("done"));
        await task.RunAsync();

        await Should.ThrowAsync<InvalidOperationException>(() => task.RunAsync());
    }

    [Fact]
    public async Task Run_DiskFullAtACheckpoint_FailsAndLeavesTheStepToBeRecovered()
    {
        var task = new TestTask(Calls(Call("write_file", ("path", "a"), ("content", "1"))));
        task.Worktree.CommitFails = _ => new CheckpointException("diskFull", "Step 1 could not be stored: the disk is full.", "Free some space, then resume.");

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);
        task.Snapshot.Error.ShouldBe(new TaskError("diskFull", "Step 1 could not be stored: the disk is full.", "Free some space, then resume."));

        task.Worktree.CommitFails = null;
        task.Log.Append(new TaskStateChanged { To = TaskState.Running });
        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        task.Snapshot.Steps[0].Commit.ShouldNotBeNull();
        task.Worktree.Files["a"].ShouldBe("1");
    }

    [Fact]
    public async Task Run_ToolHostGone_FailsTheTaskWithTheReason()
    {
        var task = new TestTask(Calls(Call("read_file", ("path", "a"))));
        task.Worktree.Instead = (_, _) => throw new IOException("worker ended with exit code 134");

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Snapshot.Error!.Code.ShouldBe("toolHostFailed");
        task.Snapshot.Error.Message.ShouldContain("exit code 134");
    }

    internal static List<string> Results(IEnumerable<ChatMessage> messages) =>
        [.. messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => (string)result.Result!)];
}
