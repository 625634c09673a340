using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Tests.Loop;

public sealed class LoopRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly LoopRules _rules = new(new ToolCatalog([]), isSandboxed: true);

    private static TaskSnapshot Running(params TaskEvent[] events) => TaskSnapshot.Fold(
    [
        TestTask.Created(new TaskSettings()) with { At = Now },
        new TaskStateChanged { To = TaskState.Preparing, At = Now },
        new TaskStateChanged { To = TaskState.Running, At = Now },
        .. events,
    ]);

    private static ModelAnswered Answer(params RequestedCall[] calls) =>
        new() { Calls = calls, Model = "m", Usage = new TokenUsage(1, 0, 1, true) };

    private static RequestedCall Read(string id) => new(id, "read_file", """{"path":"a"}""");

    private static TaskEvent[] Step(int number, RequestedCall call, string? error = null) =>
    [
        new StepStarted { Step = number, CallId = call.CallId, Tool = call.Tool, Version = 1, Arguments = call.Arguments },
        new StepFinished { Step = number, CallId = call.CallId, Content = "text", Summary = "read a", ErrorCode = error },
    ];

    private LoopDecision Decide(TaskSnapshot snapshot) => _rules.Decide(snapshot, Now);

    [Fact]
    public void AtTheStart_TheModelIsAsked() => Decide(Running()).ShouldBeOfType<LoopDecision.CallModel>();

    [Fact]
    public void WithCallsPending_TheFirstUnansweredIsRun() =>
        Decide(Running([Answer(Read("a"), Read("b")), .. Step(1, Read("a"))])).ShouldBeOfType<LoopDecision.RunTool>().Call.CallId.ShouldBe("b");

    [Fact]
    public void WithAllCallsAnswered_TheModelIsAsked() =>
        Decide(Running([Answer(Read("a")), .. Step(1, Read("a"))])).ShouldBeOfType<LoopDecision.CallModel>();

    [Fact]
    public void AnOpenStep_IsRecoveredBeforeAnythingElse() =>
        Decide(Running(Answer(Read("a")), Step(1, Read("a"))[0])).ShouldBeOfType<LoopDecision.RecoverInterrupted>().Open.Step.ShouldBe(1);

    [Fact]
    public void AnOpenQuestion_WaitsUntilSomebodySpeaksAfterIt()
    {
        var question = new RequestedCall("q", "ask_user", """{"question":"?"}""");
        var started = Step(1, question)[0];

        // What was said before the question is no answer to it.
        Decide(Running(Answer(question), new MessageAdded { Text = "before" }, started)).ShouldBeOfType<LoopDecision.WaitForUser>();
        Decide(Running(Answer(question), started, new MessageAdded { Text = "one" }, new MessageAdded { Text = "two" }))
            .ShouldBeOfType<LoopDecision.AnswerQuestion>().Text.ShouldBe("one\n\ntwo");
    }

    [Fact]
    public void AQuestionWithBadArguments_DoesNotWaitForAnybody()
    {
        var question = new RequestedCall("q", "ask_user", "{}");

        Decide(Running(Answer(question), Step(1, question)[0])).ShouldBeOfType<LoopDecision.RecoverInterrupted>();
    }

    [Fact]
    public void AfterFinish_TheTaskIsReady_UnlessAPersonSpokeMeanwhile()
    {
        var finish = new RequestedCall("f", "finish", """{"summary":" All done. "}""");

        Decide(Running([Answer(finish), .. Step(1, finish)])).ShouldBe(new LoopDecision.Finish("All done."));
        Decide(Running([Answer(finish), new MessageAdded { Text = "Wait." }, .. Step(1, finish)])).ShouldBeOfType<LoopDecision.CallModel>();
        Decide(Running([Answer(finish), .. Step(1, finish, ToolErrors.Interrupted)])).ShouldBeOfType<LoopDecision.CallModel>();
    }

    [Fact]
    public void ASwitchedOffTool_IsUnknown_AndTheOthersAreNamed()
    {
        var rules = new LoopRules(new ToolCatalog([new ToolSettings("read_file", Enabled: false)]), isSandboxed: true);

        var refused = rules.Decide(Running(Answer(Read("a"))), Now).ShouldBeOfType<LoopDecision.RefuseCall>();

        refused.ErrorCode.ShouldBe(ToolErrors.UnknownTool);
        refused.Message.ShouldContain("Tools: write_file,");
    }

    [Fact]
    public void AfterARollback_CallsThatWereNotRun_AreForgotten()
    {
        var snapshot = Running([Answer(Read("a"), Read("b")), .. Step(1, Read("a")), .. Step(2, Read("b"))])
            .Apply(new RolledBack { ToStep = 1, Head = "h" });

        Decide(snapshot).ShouldBeOfType<LoopDecision.CallModel>();
        snapshot.Conversation.Count.ShouldBe(3);
    }

    [Fact]
    public void RollbackToTheBase_StartsFromThePrompt() =>
        Decide(Running([Answer(Read("a")), .. Step(1, Read("a"))]).Apply(new RolledBack { ToStep = 0, Head = "h" })).ShouldBeOfType<LoopDecision.CallModel>();
}
