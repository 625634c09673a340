using System.Text.Json;
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

    [Theory]
    [InlineData("read_file")]
    [InlineData("write_file")]
    [InlineData("list_files")]
    [InlineData("update_plan")]
    [InlineData("finish")]
    public async Task EveryTool_CanBeSetToAskEachTime(string tool)
    {
        var settings = new TaskSettings { Tools = [new ToolSettings(tool, Approval: ToolApproval.Always)] };
        var task = new TestTask((model, _) => model.Requests.Count == 1 ? Calls(OneCall(tool)) : Says("done"), settings);

        (await task.RunAsync()).ShouldBe(LoopEnd.WaitingForApproval);

        var request = task.Snapshot.Approvals.ShouldHaveSingleItem().Request;
        request.Reason.ShouldBe("always");
        request.Summary.ShouldStartWith(tool + " {");
        task.Worktree.Invocations.ShouldBeEmpty();
        (await task.AnswerAsync(Answer(task, ApprovalDecision.Allow))).ShouldBe(LoopEnd.ReadyForReview);
        task.Snapshot.Steps[0].AllowedBy.ShouldBe("user");
    }

    [Theory]
    [InlineData("write_file", true, null)]
    [InlineData("write_file", false, "noSandbox")]
    [InlineData("update_plan", false, null)]
    public async Task FileTool_SetToSandboxed_AsksOnlyWhereThereIsNoSandbox(string tool, bool sandboxed, string? reason)
    {
        var settings = new TaskSettings { Tools = [new ToolSettings(tool, Approval: ToolApproval.Sandboxed)] };
        var task = new TestTask((model, _) => model.Requests.Count == 1 ? Calls(OneCall(tool)) : Says("done"), settings);
        task.Worktree.IsSandboxed = sandboxed;

        (await task.RunAsync()).ShouldBe(reason is null ? LoopEnd.ReadyForReview : LoopEnd.WaitingForApproval);

        task.Snapshot.Approvals.Select(approval => approval.Request.Reason).SingleOrDefault().ShouldBe(reason);
    }

    [Fact]
    public void Remote_AsksWhateverTheSettingsAndEarlierAnswersSay()
    {
        var remote = new ToolDefinition("far_away", ToolArgumentsJson.Default.FinishArguments) { Description = "Far.", Environment = ToolEnvironment.Remote };
        foreach (var approval in Enum.GetValues<ToolApproval>())
        {
            var tool = new CatalogTool(remote, true, TimeSpan.FromSeconds(1), approval);
            new ApprovalRules(isSandboxed: true).ReasonFor(tool).ShouldBe("remote");
            new ApprovalRules(isSandboxed: false).ReasonFor(tool).ShouldBe("remote");
        }

        ApprovalRules.Covers("remote", "remote").ShouldBeFalse();
        ApprovalRules.Covers("noSandbox", "remote").ShouldBeFalse();
    }

    [Theory]
    [InlineData(ApprovalDecision.Allow)]
    [InlineData(ApprovalDecision.AllowAlways)]
    public async Task Allowed_InsideTheSandbox_IsAskedAgainWhereThereIsNoneAnyMore(ApprovalDecision decision)
    {
        var task = Commands(1, ToolApproval.Always, sandboxed: true);
        await task.RunAsync();
        task.Worktree.IsSandboxed = false;

        (await task.AnswerAsync(Answer(task, decision))).ShouldBe(LoopEnd.WaitingForApproval);

        task.Snapshot.Approvals.ShouldHaveSingleItem().Request.Reason.ShouldBe("noSandbox");
        task.Worktree.Invocations.ShouldBeEmpty();
        (await task.AnswerAsync(Answer(task, ApprovalDecision.Allow))).ShouldBe(LoopEnd.ReadyForReview);
        task.Worktree.Invocations.ShouldHaveSingleItem().Unsandboxed.ShouldBeTrue();
    }

    [Fact]
    public async Task AllowAlways_IsSaidAtEachStepItAllowed()
    {
        var task = Commands(2, ToolApproval.Always, sandboxed: true);
        await task.RunAsync();

        (await task.AnswerAsync(Answer(task, ApprovalDecision.AllowAlways))).ShouldBe(LoopEnd.ReadyForReview);

        task.Snapshot.Steps.Select(step => step.AllowedBy).ShouldBe(["user", "task"]);
    }

    [Fact]
    public async Task WhatTheRepositoryAllows_IsNotAsked_AndIsInTheLogAndInTheStep()
    {
        var standing = new Standing(covers: true);
        var task = Commands(1, ToolApproval.Always, sandboxed: true);
        task.Approvals = standing;

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        task.Log.Events.OfType<ApprovalRequested>().ShouldBeEmpty();
        task.Log.Events.OfType<StandingApprovalUsed>().ShouldHaveSingleItem().Request.Summary.ShouldBe("make");
        task.Snapshot.Steps[0].AllowedBy.ShouldBe("repository");
        standing.Asked.ShouldHaveSingleItem().Arguments.ShouldBe("{\"command\":\"make\"}");
    }

    [Fact]
    public async Task AllowAlwaysInRepository_LeavesTheNextCallToWhatTheRepositoryAllowsThen()
    {
        var task = Commands(2, ToolApproval.Always, sandboxed: true);
        await task.RunAsync();

        // Nothing was remembered, or it was revoked meanwhile: the answer was for one call.
        (await task.AnswerAsync(Answer(task, ApprovalDecision.AllowAlwaysInRepository))).ShouldBe(LoopEnd.WaitingForApproval);

        task.Worktree.Invocations.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Network_IsAskedOnceBeforeTheFirstCommand_AndHoldsForTheTask()
    {
        var task = NetworkTask();

        (await task.RunAsync()).ShouldBe(LoopEnd.WaitingForApproval);

        var request = task.Snapshot.Approvals.ShouldHaveSingleItem().Request;
        request.CallId.ShouldBe("network");
        request.Reason.ShouldBe("network");
        request.Summary.ShouldContain("loopback");
        (await task.AnswerAsync(Answer(task, ApprovalDecision.Allow))).ShouldBe(LoopEnd.ReadyForReview);
        task.Worktree.Invocations.Select(invocation => (invocation.Tool, invocation.Network))
            .ShouldBe([("read_file", false), ("run_command", true), ("run_command", true)]);
    }

    [Fact]
    public async Task Network_WhenDenied_CommandsRunWithoutIt_AndAFailedOneTellsTheModelWhy()
    {
        var task = NetworkTask();
        task.Worktree.Instead = (invocation, _) => Task.FromResult(
            invocation.Tool == "run_command" ? ToolOutcome.Error(ToolErrors.CommandFailed, "no route") : null);
        await task.RunAsync();

        (await task.AnswerAsync(Answer(task, ApprovalDecision.Deny))).ShouldBe(LoopEnd.ReadyForReview);

        task.Worktree.Invocations.ShouldAllBe(invocation => !invocation.Network);
        AgentLoopTests.Results(task.Model.Requests[^1].Messages)[^1].ShouldContain("denied this task the network");
    }

    [Fact]
    public async Task Network_WhereNobodyCanBeAsked_FailsWithExitCodeFive()
    {
        var task = NetworkTask(unattended: true);

        (await task.RunAsync()).ShouldBe(LoopEnd.Failed);

        task.Snapshot.Error!.ExitCode.ShouldBe(5);
        task.Snapshot.Error.Message.ShouldContain("network");
        task.Worktree.Invocations.ShouldNotContain(invocation => invocation.Tool == "run_command");
    }

    [Fact]
    public void Network_AllowedAtTheCreationOfATask_DoesNotPassToWhatIsMadeFromIt()
    {
        var created = TestTask.Created(new TaskSettings { Network = "full" }) with { NetworkAllowedFor = "thing-abcd" };

        TaskSnapshot.Start(created).NetworkAllowed.ShouldBe(true);
        TaskSnapshot.Start(created with { Id = "fork-abcd" }).NetworkAllowed.ShouldBeNull();
    }

    private static TestTask NetworkTask(bool unattended = false) => new(
        (model, _) => model.Requests.Count switch
        {
            1 => Calls(Call("read_file", ("path", "a"))),
            2 => Calls(Call("run_command", ("command", "curl a"))),
            3 => Calls(Call("run_command", ("command", "curl b"))),
            _ => Says("done"),
        },
        new TaskSettings { Network = "full" },
        unattended);

    private static FunctionCallContent OneCall(string tool) => tool switch
    {
        "read_file" => Call(tool, ("path", "a")),
        "write_file" => Call(tool, ("path", "a"), ("content", "b")),
        "update_plan" => Call(tool, ("items", JsonDocument.Parse("[]").RootElement)),
        "finish" => Call(tool, ("summary", "done")),
        _ => Call(tool),
    };

    private sealed class Standing(bool covers) : IStandingApprovals
    {
        public List<ApprovalRequested> Asked { get; } = [];

        public Task<bool> CoverAsync(string task, ApprovalRequested request, CancellationToken cancellationToken)
        {
            Asked.Add(request);
            return Task.FromResult(covers);
        }
    }

    private static ApprovalAnswered Answer(TestTask task, ApprovalDecision decision) =>
        new() { CallId = task.Snapshot.Approvals.Single(approval => approval.Decision is null).Request.CallId, Decision = decision };
}
