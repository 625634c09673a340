using Agent.Ide.Cli.Tests.Hosting;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Coordinators;

namespace Agent.Ide.Cli.Tests.Verbs;

public sealed class RunVerbTests : IAsyncLifetime
{
    private readonly CliRun _cli = new();

    private FakeCoordinator Coordinator => _cli.Coordinator;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _cli.DisposeAsync();

    [Fact]
    public async Task Run_ShowsStatesAndSteps_UntilReadyForReview()
    {
        OnCreate(async () =>
        {
            await Coordinator.AppendStepAsync("fix-1", FakeTask.Step(1));
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview", 1) with { Summary = "Fixed \u001b[31mit" });
        });

        (await _cli.RunAsync("run", "fix it", "--title", "Fix", "--base", "main", "--model", "m", "--include-uncommitted")).ShouldBe(0);

        _cli.Out.ShouldContain("#1 edit_file src/a.cs +3 -1 (12 ms) 1a2b3c4\n");
        _cli.Out.ShouldContain("\nready for review\n");
        _cli.Out.ShouldContain("  Fixed it\n");
        _cli.Out.ShouldContain("agent-ide accept fix-1");
        _cli.Out.ShouldNotContain('\u001b');
        var created = (CreateTaskParams)Coordinator.Requests.Single(request => request.Method == AgentMethods.Create).Parameters;
        created.ShouldBe(new CreateTaskParams
        {
            Prompt = "fix it",
            Title = "Fix",
            Base = "main",
            Model = "m",
            IncludeUncommitted = true,
            Unattended = true,
        });
    }

    [Fact]
    public async Task Run_WithJson_StreamsObjects_AndEndsWithTheTask()
    {
        OnCreate(async () =>
        {
            await Coordinator.AppendStepAsync("fix-1", FakeTask.Step(1));
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview", 1) with { Notices = ["a rehearsal"] });
        });

        (await _cli.RunAsync("run", "fix it", "--json")).ShouldBe(0);

        var lines = _cli.JsonLines();
        lines.Count(line => line.TryGetProperty("step", out _)).ShouldBe(1);
        lines[^1].GetProperty("id").GetString().ShouldBe("fix-1");
        lines[^1].GetProperty("state").GetString().ShouldBe("readyForReview");
        _cli.Error.ShouldBe("a rehearsal\n");
    }

    [Fact]
    public async Task AFailedTask_GivesItsExitCode_WhatHappenedAndWhatToDo()
    {
        OnCreate(() => Coordinator.PublishAsync(FakeTask.Create("fix-1", "failed") with
        {
            Error = new TaskFailure("modelUnreachable", "No model answered.", "Start Ollama.", 6),
        }));

        (await _cli.RunAsync("run", "fix it")).ShouldBe(6);

        _cli.Error.ShouldBe("fix-1: No model answered.\nStart Ollama.\n");
    }

    [Fact]
    public async Task ATaskThatCouldNotBeCreated_SaysWhy()
    {
        Coordinator.Refuse<CreateTaskParams, AgentTask>(AgentMethods.Create, "No commit yet.", new AgentError("noCommit", "Make one.", 6));

        (await _cli.RunAsync("run", "fix it")).ShouldBe(6);

        _cli.Error.ShouldBe("No commit yet. Make one.\n");
    }

    [Fact]
    public async Task Detach_PrintsTheTaskAtOnce_AndLeavesApprovalsToOthers()
    {
        OnCreate(() => Task.CompletedTask);

        (await _cli.RunAsync("run", "fix it", "--detach", "--json")).ShouldBe(0);

        _cli.Json().GetProperty("id").GetString().ShouldBe("fix-1");
        ((CreateTaskParams)Coordinator.Requests.Last().Parameters).Unattended.ShouldBeFalse();
    }

    [Fact]
    public async Task Accept_DoesNotEndWhenTheTaskIsReady_ButWhenItLanded()
    {
        OnCreate(async () =>
        {
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview", 1));
            await _cli.SeeAsync("ready for review");
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "merging", 1));
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "merged", 1) with { AcceptedCommit = new string('c', 40) });
        });

        (await _cli.RunAsync("run", "fix it", "--accept")).ShouldBe(0);

        _cli.OutLines.ShouldContain(line => line.StartsWith("fix-1  merged  as ccccccc", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnAcceptThatIsRefused_EndsTheRunWithItsReason()
    {
        OnCreate(async () =>
        {
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "merging", 1));
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview", 1) with { Error = new TaskFailure("overlap", "Yours.", "Commit.", 3) });
        });

        (await _cli.RunAsync("run", "fix it", "--accept")).ShouldBe(3);

        _cli.Error.ShouldContain("Yours.");
    }

    [Fact]
    public async Task AnInterrupt_StopsTheTask_AndSaysHowToGoOn()
    {
        OnCreate(() => Coordinator.AppendStepAsync("fix-1", FakeTask.Step(1)));
        Coordinator.OnAsync<TaskIdParams, AgentTask>(AgentMethods.Stop, async parameters =>
        {
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "stopped", 1));
            return Coordinator.Find(parameters.Id);
        });

        var run = _cli.Start("run", "fix it");
        await _cli.SeeAsync("#1 edit_file");
        _cli.Interrupt();

        (await run.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(130);
        _cli.Out.ShouldContain("agent-ide resume fix-1");
        Coordinator.Requests.Last().Method.ShouldBe(AgentMethods.Stop);
    }

    [Fact]
    public async Task ASecondInterrupt_LeavesAtOnce()
    {
        OnCreate(() => Coordinator.AppendStepAsync("fix-1", FakeTask.Step(1)));
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource();
        Coordinator.OnAsync<TaskIdParams, AgentTask>(AgentMethods.Stop, async parameters =>
        {
            asked.SetResult();
            await never.Task;
            return Coordinator.Find(parameters.Id);
        });

        var run = _cli.Start("run", "fix it");
        await _cli.SeeAsync("#1 edit_file");
        _cli.Interrupt();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _cli.InterruptAgain();

        (await run.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(130);
        _cli.Error.ShouldContain("agent-ide stop fix-1");
        never.SetResult();
    }

    [Fact]
    public async Task AQuestion_WithNobodyToAnswer_EndsWith5_AndTheTaskWaits()
    {
        OnCreate(() => Coordinator.PublishAsync(FakeTask.Create("fix-1", "waitingForUser") with { Question = "Which file?" }));

        (await _cli.RunAsync("run", "fix it")).ShouldBe(5);

        _cli.Error.ShouldContain("Which file?");
        _cli.Error.ShouldContain("agent-ide message fix-1");
    }

    [Fact]
    public async Task AKilledCoordinator_DoesNotEndTheRun()
    {
        OnCreate(async () =>
        {
            await Coordinator.AppendStepAsync("fix-1", FakeTask.Step(1));
            _ = Task.Run(async () =>
            {
                await _cli.SeeAsync("#1 ");
                await Coordinator.AppendStepAsync("fix-1", FakeTask.Step(2), quietly: true);
                await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview", 2), quietly: true);
                await Coordinator.KillAsync();
            });
        });

        (await _cli.RunAsync("run", "fix it")).ShouldBe(0);

        _cli.Out.ShouldContain("#1 edit_file");
        _cli.Out.ShouldContain("ready for review");
        Coordinator.Connections.ShouldBe(2);
    }

    /// <summary>Creates the task fix-1, running, and lets it live on beside the answer.</summary>
    private void OnCreate(Func<Task> life) => Coordinator.OnAsync<CreateTaskParams, AgentTask>(AgentMethods.Create, async parameters =>
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1"));
        _ = Task.Run(life);
        return Coordinator.Find("fix-1");
    });
}
