using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Microsoft.Extensions.AI;
using static Agent.Ide.Core.Tests.Loop.ScriptedModel;

namespace Agent.Ide.Core.Tests.Loop;

public sealed class ApprovalTests
{
    private static TestTask Commands(int times, ToolApproval? approval, bool sandboxed, bool unattended = false)
    {
        var settings = new TaskSettings { Tools = [new ToolSettings("run_command", Approval: approval)] };
        var task = new TestTask(
            (model, _) => model.Requests.Count <= times ? Calls(Call("run_command", ("command", "make"))) : Says("done"), settings, unattended);
        task.Worktree.IsSandboxed = sandboxed;
        return task;
    }

    [Theory]
    [InlineData(null, true, false)]
    [InlineData(null, false, true)]
    [InlineData(ToolApproval.Never, true, false)]
    [InlineData(ToolApproval.Never, false, true)]
    [InlineData(ToolApproval.Always, true, true)]
    public async Task Command_AsksWhereItMust_AndWithoutASandboxAlways(ToolApproval? approval, bool sandboxed, bool asks)
    {
        var task = Commands(1, approval, sandboxed);

        (await task.RunAsync()).ShouldBe(asks ? LoopEnd.WaitingForApproval : LoopEnd.ReadyForReview);

        task.Worktree.Invocations.Count.ShouldBe(asks ? 0 : 1);
        if (asks)
        {
            var request = task.Snapshot.Approvals.ShouldHaveSingleItem().Request;
            request.Summary.ShouldBe("make");
            request.Reason.ShouldBe(sandboxed ? "always" : "noSandbox");
        }
    }

    [Fact]
    public async Task Allow_RunsTheCallOnce_AndTheNextIsAskedAgain()
    {
        var task = Commands(2, null, sandboxed: false);
        await task.RunAsync();

        (await task.AnswerAsync(Answer(task, ApprovalDecision.Allow))).ShouldBe(LoopEnd.WaitingForApproval);

        task.Worktree.Invocations.ShouldHaveSingleItem().Unsandboxed.ShouldBeTrue();
    }

    [Fact]
    public async Task AllowAlways_HoldsForTheSameArguments_AndNoOthers()
    {
        var commands = new[] { "make", "make", "make clean" };
        var task = new TestTask(
            (model, _) => model.Requests.Count <= 3 ? Calls(Call("run_command", ("command", commands[model.Requests.Count - 1]))) : Says("done"));
        task.Worktree.IsSandboxed = false;
        await task.RunAsync();

        (await task.AnswerAsync(Answer(task, ApprovalDecision.AllowAlways))).ShouldBe(LoopEnd.WaitingForApproval);

        task.Worktree.Invocations.Count.ShouldBe(2);
        task.Snapshot.Approvals.ShouldHaveSingleItem().Request.Summary.ShouldBe("make clean");
    }

    [Fact]
    public async Task Deny_ByAPerson_IsToldToTheModel()
    {
        var task = Commands(1, null, sandboxed: false);
        await task.RunAsync();

        (await task.AnswerAsync(Answer(task, ApprovalDecision.Deny))).ShouldBe(LoopEnd.ReadyForReview);

        task.Worktree.Invocations.ShouldBeEmpty();
        task.Snapshot.Steps.ShouldHaveSingleItem().ErrorCode.ShouldBe(ToolErrors.Denied);
        AgentLoopTests.Results(task.Model.Requests[^1].Messages)[0].ShouldContain("denied");
    }

    [Fact]
    public async Task AnswerThatComesBeforeTheWaitIsStored_IsNotMissed()
    {
        var task = Commands(1, null, sandboxed: false);
        task.Log.Storing = entry =>
        {
            if (entry is TaskStateChanged { To: TaskState.WaitingForApproval })
            {
                task.Log.Append(Answer(task, ApprovalDecision.Allow));
            }
        };

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        task.Worktree.Invocations.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Unattended_FailsWithExitCodeFive_AndAResumeGoesOnWithoutTheCommand()
    {
        var task = Commands(1, null, sandboxed: false, unattended: true);

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Snapshot.Error!.Code.ShouldBe("approvalUnavailable");
        task.Snapshot.Error.ExitCode.ShouldBe(5);
        task.Worktree.Invocations.ShouldBeEmpty();
        task.Log.Events.OfType<ApprovalAnswered>().ShouldHaveSingleItem().By.ShouldBe("unattended");

        task.Log.Append(new TaskStateChanged { To = TaskState.Running });
        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);
        task.Snapshot.Steps.ShouldHaveSingleItem().ErrorCode.ShouldBe(ToolErrors.Denied);
    }

    [Fact]
    public async Task Unattended_AQuestionIsAnsweredByNobody_AndTheModelDecides()
    {
        var task = new TestTask(
            (model, _) => model.Requests.Count == 1 ? Calls(Call("ask_user", ("question", "?"))) : Says("done"), unattended: true);

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        AgentLoopTests.Results(task.Model.Requests[1].Messages)[0].ShouldContain("Decide yourself");
    }

    private static ApprovalAnswered Answer(TestTask task, ApprovalDecision decision) =>
        new() { CallId = task.Snapshot.Approvals.Single(approval => approval.Decision is null).Request.CallId, Decision = decision };
}
