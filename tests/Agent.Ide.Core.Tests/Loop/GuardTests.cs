using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Microsoft.Extensions.AI;
using static Agent.Ide.Core.Tests.Loop.ScriptedModel;

namespace Agent.Ide.Core.Tests.Loop;

public sealed class GuardTests
{
    [Fact]
    public async Task SameCallWithTheSameResult_IsToldAtThree_AndEndsTheTaskAtFive()
    {
        var task = new TestTask((_, _) => Calls(Call("read_file", ("path", "a"))));
        task.Worktree.Files["a"] = "text";

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Snapshot.Error!.Code.ShouldBe("loopGuard");
        task.Snapshot.Error.Message.ShouldContain("read_file call 5 times");
        task.Snapshot.Error.Hint!.ShouldContain("kept");
        task.Worktree.Invocations.Count.ShouldBe(5);
        task.Snapshot.Conversation.OfType<ToolTurn>().Select(turn => turn.Content.Contains("[harness:", StringComparison.Ordinal))
            .ShouldBe([false, false, true, true, true]);
    }

    [Fact]
    public async Task SameCallAlternatingWithAnother_IsFoundToo()
    {
        var task = new TestTask((model, _) => Calls(Call("read_file", ("path", model.Requests.Count % 2 == 0 ? "a" : "b"))));
        task.Worktree.Files["a"] = "text";
        task.Worktree.Files["b"] = "text";

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Worktree.Invocations.Count.ShouldBe(9);
    }

    [Fact]
    public async Task SameCallAfterAChange_IsNoRepetition()
    {
        // An agent that runs the tests after each edit reads the same result again and again.
        var task = new TestTask((model, _) => model.Requests.Count switch
        {
            > 20 => Says("done"),
            var n when n % 2 == 0 => Calls(Call("read_file", ("path", "a"))),
            _ => Calls(Call("write_file", ("path", "b"), ("content", "x"))),
        });
        task.Worktree.Files["a"] = "text";

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);
    }

    [Fact]
    public async Task ResumedAfterAGuard_HasAnotherRound()
    {
        var task = new TestTask((model, _) => model.Requests.Count == 6 ? Says("done") : Calls(Call("read_file", ("path", "a"))));
        task.Worktree.Files["a"] = "text";
        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        (await task.AnswerAsync(new MessageAdded { Text = "Try something else." })).ShouldBe(LoopEnd.ReadyForReview);
    }

    [Fact]
    public async Task TooManySteps_EndTheTask_WithTheLimitNamed()
    {
        var task = new TestTask((model, _) => Calls(Call("write_file", ("path", "a"), ("content", $"{model.Requests.Count}"))), new TaskSettings { MaxSteps = 7 });

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Snapshot.Steps.Count.ShouldBe(7);
        task.Snapshot.Error!.Code.ShouldBe("loopGuard");
        task.Snapshot.Error.Message.ShouldContain("7 steps");
    }

    [Fact]
    public async Task AtTheStepLimit_TheModelMayStillFinish()
    {
        var task = new TestTask(
            (model, _) => model.Requests.Count <= 3 ? Calls(Call("write_file", ("path", "a"), ("content", "x"))) : Calls(Call("finish", ("summary", "ok"))),
            new TaskSettings { MaxSteps = 3 });

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);
    }

    [Fact]
    public async Task TwentyErrorsInARow_EndTheTask()
    {
        var task = new TestTask((model, _) => Calls(Call("read_file", ("path", $"missing{model.Requests.Count}"))));

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Snapshot.Steps.Count.ShouldBe(20);
        task.Snapshot.Error!.Message.ShouldContain("20 steps all ended in errors");
    }

    [Fact]
    public async Task ThreeEmptyAnswers_EndTheTask_AndTheModelWasToldEachTime()
    {
        var task = new TestTask((_, _) => Says(string.Empty));

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Model.Requests.Count.ShouldBe(3);
        task.Model.Requests[1].Messages[^1].Text.ShouldContain("Your answer was empty");
        task.Snapshot.Error!.Code.ShouldBe("invalidAnswer");
    }

    [Fact]
    public async Task AnAnswerCutOffAtTheLimit_IsNotTakenForTheEnd()
    {
        var cut = Says("I will now");
        cut.FinishReason = ChatFinishReason.Length;
        var task = new TestTask(cut, Says("Done."));

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        task.Snapshot.Summary.ShouldBe("Done.");
        task.Model.Requests[1].Messages[^1].Text.ShouldContain("cut off");
    }

    [Fact]
    public async Task InvalidAnswerOfTheGateway_IsHandedBack_ThreeTimesAtMost()
    {
        var task = new TestTask((_, _) => throw new ModelRequestException(new TaskError("invalidAnswer", "The answer was no valid JSON."), canAskAgain: true));

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Model.Requests.Count.ShouldBe(3);
        task.Snapshot.Error!.Message.ShouldContain("no valid JSON");
    }

    [Fact]
    public async Task ErrorOfTheGateway_EndsTheTaskWithIt()
    {
        var error = new TaskError("modelUnauthorized", "The server refused the key.", "Set OPENAI_API_KEY.");
        var task = new TestTask((_, _) => throw new ModelRequestException(error));

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Snapshot.Error.ShouldBe(error);
        task.Model.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task ContextTooLongForTheServer_IsMadeShorterOnce_ThenFails()
    {
        var refuse = 1;
        var task = new TestTask((model, _) =>
        {
            if (model.Requests.Count > 6 && refuse-- > 0)
            {
                throw new ModelRequestException(new TaskError("contextTooLong", "Too long.", "Raise max_tokens."));
            }

            return model.Requests.Count <= 6
                ? Calls(Call("read_file", ("path", $"f{model.Requests.Count}")))
                : Says("done");
        })
        { ModelWindow = 32_768 };
        for (var i = 1; i <= 6; i++)
        {
            task.Worktree.Files[$"f{i}"] = string.Join('\n', Enumerable.Repeat($"content {i}", 300));
        }

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        static int Size(IReadOnlyList<ChatMessage> messages) => AgentLoopTests.Results(messages).Sum(text => text.Length);
        Size(task.Model.Requests[7].Messages).ShouldBeLessThan(Size(task.Model.Requests[6].Messages) * 7 / 10);

        refuse = int.MaxValue;
        (await task.AnswerAsync(new MessageAdded { Text = "Again." })).ShouldBe(LoopEnd.Failed);
        task.Snapshot.Error!.Code.ShouldBe("contextTooLong");
        task.Model.Requests.Count.ShouldBeLessThan(11);
    }

    [Fact]
    public async Task TimeLimit_EndsTheTask_WaitingForAPersonNotCounted()
    {
        var task = new TestTask(
            (model, _) => model.Requests.Count == 1 ? Calls(Call("ask_user", ("question", "?"))) : Calls(Call("write_file", ("path", "a"), ("content", "x"))),
            new TaskSettings { TimeSeconds = 100 });
        task.Worktree.Instead = (_, _) =>
        {
            task.Time.Advance(TimeSpan.FromSeconds(40));
            return Task.FromResult<ToolOutcome?>(null);
        };
        await task.RunAsync();
        task.Time.Advance(TimeSpan.FromHours(9));

        (await task.AnswerAsync(new MessageAdded { Text = "Yes." })).ShouldBe(LoopEnd.Failed);

        task.Snapshot.Error!.Code.ShouldBe("timeLimit");
        task.Worktree.Invocations.Count.ShouldBe(3);
        task.Worktree.Subjects.Count.ShouldBe(3);
    }

    [Fact]
    public async Task TimeLimit_EndsAModelRequestThatHangs()
    {
        var task = new TestTask((_, _) => Says("never"), new TaskSettings { TimeSeconds = 100 });
        task.Model.Meanwhile = async token =>
        {
            var cancelled = new TaskCompletionSource();
            await using var registration = token.Register(() => cancelled.SetResult());
            task.Time.Advance(TimeSpan.FromSeconds(101));
            await cancelled.Task;
            token.ThrowIfCancellationRequested();
        };

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Snapshot.Error!.Code.ShouldBe("timeLimit");
    }

    [Fact]
    public async Task TimeInWhichNoProcessRan_IsNotRunningTime()
    {
        var task = new TestTask(
            (model, _) => model.Requests.Count == 1 ? Calls(Call("write_file", ("path", "a"), ("content", "x"))) : Says("done"),
            new TaskSettings { TimeSeconds = 100 });
        task.Journal.KillAt = 6;
        await Should.ThrowAsync<ProcessKilledException>(() => task.RunAsync());
        task.Time.Advance(TimeSpan.FromHours(9));

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        task.Snapshot.RunningTime.ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task ToolThatDoesNotEnd_IsStopped_AndWhatItLeftIsCommitted()
    {
        var task = new TestTask(
            (model, _) => model.Requests.Count == 1 ? Calls(Call("run_command", ("command", "sleep"), ("timeout_seconds", 5))) : Says("done"));
        task.Worktree.Instead = async (invocation, token) =>
        {
            invocation.Timeout.ShouldBe(TimeSpan.FromSeconds(5));
            task.Worktree.Files["half.txt"] = "half";
            var cancelled = new TaskCompletionSource();
            await using var registration = token.Register(() => cancelled.SetResult());
            task.Time.Advance(TimeSpan.FromSeconds(9));
            await cancelled.Task;
            throw new OperationCanceledException(token);
        };

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        var step = task.Snapshot.Steps.ShouldHaveSingleItem();
        step.ErrorCode.ShouldBe(ToolErrors.Timeout);
        step.Files.ShouldBe(["half.txt"]);
    }

    [Fact]
    public async Task TimeoutAskedFor_NeverExceedsTheConfigured()
    {
        var task = new TestTask((model, _) => model.Requests.Count == 1
            ? Calls(Call("run_command", ("command", "make"), ("timeout_seconds", 9_999)))
            : Says("done"));

        await task.RunAsync();

        task.Worktree.Invocations.ShouldHaveSingleItem().Timeout.ShouldBe(TimeSpan.FromSeconds(120));
    }
}
