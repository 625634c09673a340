using Agent.Ide.Cli.Tests.Hosting;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Setup;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Coordinators;

namespace Agent.Ide.Cli.Tests.Verbs;

/// <summary>Each verb that asks one thing, once as text and once as JSON.</summary>
public sealed class VerbTests : IAsyncLifetime
{
    private const string Patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\r\n+new\u001b[0m\n";

    private readonly CliRun _cli = new();

    private FakeCoordinator Coordinator => _cli.Coordinator;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _cli.DisposeAsync();

    [Fact]
    public async Task Tasks_OfAFirstTimeUser_SaysWhatToDo()
    {
        (await _cli.RunAsync("tasks")).ShouldBe(0);

        _cli.OutLines.ShouldHaveSingleItem().ShouldContain("agent-ide run");
    }

    [Fact]
    public async Task Tasks_AreATable_WithoutEscapes()
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview", 3) with { Title = "Evil\u001b[2J\ntitle", ConflictsWith = ["user"] });

        (await _cli.RunAsync("tasks")).ShouldBe(0);

        _cli.OutLines[0].ShouldStartWith("ID");
        _cli.OutLines[1].ShouldContain("fix-1  ready for review  3      1 file +3 -0  ~4.1k/8.2k  Evil title  (conflicts with user)");
        _cli.Out.ShouldNotContain('\u001b');
    }

    [Fact]
    public async Task Tasks_WithJson_IsTheProtocolsRecord()
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1"));

        (await _cli.RunAsync("tasks", "--json")).ShouldBe(0);

        _cli.Json().GetProperty("tasks")[0].GetProperty("budget").GetProperty("maxTokens").GetInt32().ShouldBe(8192);
        _cli.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task TheCheckoutsNotices_AreToldOnStandardError()
    {
        Coordinator.Notices = ["Ignored until `agent-ide trust`: setup"];

        (await _cli.RunAsync("tasks", "--json")).ShouldBe(0);

        _cli.Error.ShouldContain("Ignored until");
        _cli.Json();
    }

    [Fact]
    public async Task AFailureThatANoticeHasAnnounced_IsToldOnce()
    {
        Coordinator.Notices = [".agent-ide.yaml:2: no such key"];
        Coordinator.Refuse<CreateTaskParams, AgentTask>(AgentMethods.Create, ".agent-ide.yaml:2: no such key", new AgentError("configuration", null, 2));

        (await _cli.RunAsync("run", "fix it")).ShouldBe(2);

        _cli.Error.ShouldBe(".agent-ide.yaml:2: no such key\n");
    }

    [Fact]
    public async Task ACoordinatorOfAnotherVersion_IsTold()
    {
        Coordinator.Version = "0.0.1";

        (await _cli.RunAsync("tasks")).ShouldBe(0);

        _cli.Error.ShouldContain("version 0.0.1");
    }

    [Fact]
    public async Task Show_TellsStepsPlanBudgetAndError()
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1", "failed") with
        {
            Plan = [new PlanItemState("Look", "done"), new PlanItemState("Write", "active")],
            Approvals = [new TaskApproval("call-1", "run_command", "make", "{}", "always")],
            Error = new TaskFailure("loopGuard", "It repeated itself.", "Tell it more.", 1),
        });
        await Coordinator.AppendStepAsync("fix-1", FakeTask.Step(1));

        (await _cli.RunAsync("show", "fix")).ShouldBe(0);

        foreach (var expected in (string[])["[x] Look", "[>] Write", "#1 edit_file", "room is made above 6.1k", "agent-ide approve fix-1 call-1"])
        {
            _cli.Out.ShouldContain(expected);
        }

        _cli.Error.ShouldBe("fix-1: It repeated itself.\nTell it more.\n");
    }

    [Fact]
    public async Task Show_WithJson_HasTaskAndSteps()
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1"));
        await Coordinator.AppendStepAsync("fix-1", FakeTask.Step(1));

        (await _cli.RunAsync("show", "fix-1", "--json")).ShouldBe(0);

        _cli.Json().GetProperty("steps")[0].GetProperty("tool").GetString().ShouldBe("edit_file");
    }

    [Fact]
    public async Task Diff_ToAPipe_IsByteForByte()
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1"));
        Coordinator.On<PatchParams, PatchResult>(AgentMethods.Patch, parameters => new PatchResult(Patch, Truncated: false));

        (await _cli.RunAsync("diff", "fix-1", "--step", "3", "--stat")).ShouldBe(0);

        _cli.Out.ShouldBe(Patch);
        Coordinator.Requests.Last().Parameters.ShouldBe(new PatchParams("fix-1", 2, 3, Stat: true));
    }

    [Fact]
    public async Task Diff_WithJson_HasHunks()
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1"));
        Coordinator.On<DiffParams, DiffResult>(
            AgentMethods.Diff, parameters => new DiffResult("b", "h", [new FileDiff("x", null, "modified", 1, 1, false, [new DiffHunk(0, 1, 1, 1, 1)])]));

        (await _cli.RunAsync("diff", "fix-1", "--json")).ShouldBe(0);

        _cli.Json().GetProperty("files")[0].GetProperty("hunks")[0].GetProperty("index").GetInt32().ShouldBe(0);
        Coordinator.Requests.Last().Parameters.ShouldBe(new DiffParams("fix-1"));
    }

    [Fact]
    public async Task Accept_PrintsTheCommit()
    {
        var task = FakeTask.Create("fix-1", "readyForReview", 2);
        await Coordinator.PublishAsync(task);
        AcceptParams? asked = null;
        Coordinator.On<AcceptParams, AcceptResult>(AgentMethods.Accept, parameters =>
        {
            asked = parameters;
            return new AcceptResult(task with { State = "merged", RemovalNotices = ["mine.txt did not \u001bland"] }, new string('c', 40), []);
        });

        (await _cli.RunAsync("accept", "fix-1", "--strategy", "merge", "--file", "a", "--file", "b", "--skip-validation", "--onto-current")).ShouldBe(0);

        _cli.Out.ShouldStartWith($"Accepted fix-1 as {new string('c', 40)}");
        _cli.Out.ShouldContain("\nmine.txt did not ");
        _cli.Out.ShouldNotContain('\u001b');
        asked!.ExpectedHead.ShouldBe(task.Head);
        asked.Files.ShouldBe(["a", "b"]);
        (asked.Strategy, asked.SkipValidation, asked.OntoCurrent).ShouldBe(("merge", true, true));
    }

    [Fact]
    public async Task Accept_OfHunks_NamesThemByPathAndIndex()
    {
        var task = FakeTask.Create("fix-1", "readyForReview", 2);
        await Coordinator.PublishAsync(task);
        AcceptParams? asked = null;
        Coordinator.On<AcceptParams, AcceptResult>(AgentMethods.Accept, parameters =>
        {
            asked = parameters;
            return new AcceptResult(task, new string('c', 40), []);
        });

        (await _cli.RunAsync("accept", "fix-1", "--hunk", "a b:0", "--hunk", "c:d:12")).ShouldBe(0);

        asked!.Hunks.ShouldBe([new HunkChoice("a b", 0), new HunkChoice("c:d", 12)]);
        asked.Files.ShouldBeNull();
        (asked.ExpectedHead, asked.ExpectedBase).ShouldBe((task.Head, null));

        var other = new string('9', 40);
        (await _cli.RunAsync("accept", "fix-1", "--hunk", "a:0", "--expected-head", other, "--expected-base", task.Base.Commit[..9])).ShouldBe(0);
        (asked!.ExpectedHead, asked.ExpectedBase).ShouldBe((other, task.Base.Commit));
        (await _cli.RunAsync("accept", "fix-1", "--expected-base", "main")).ShouldBe(2);
        _cli.Error.ShouldContain("'main' is no commit hash");
        (await _cli.RunAsync("accept", "fix-1", "--hunk", "a:-1")).ShouldBe(2);
        _cli.Error.ShouldContain("'a:-1' names no hunk");
    }

    [Theory]
    [InlineData(true, "Accepted in part: fix-1 as cccc")]
    [InlineData(false, "Your branch has these files of fix-1 already.")]
    public async Task Accept_OfSomeFiles_SaysWhatRemains_AndEndsWith0(bool isNew, string said)
    {
        var task = FakeTask.Create("fix-1", "readyForReview", 2);
        await Coordinator.PublishAsync(task);
        Coordinator.On<AcceptParams, AcceptResult>(
            AgentMethods.Accept,
            parameters => new AcceptResult(task with { Base = task.Base with { Commit = new string('e', 40) } }, isNew ? new string('c', 40) : null, []));

        (await _cli.RunAsync("accept", "fix-1", "--file", "a")).ShouldBe(0);

        _cli.Out.ShouldStartWith(said);
        _cli.Out.ShouldContain("remain to be reviewed");
    }

    [Theory]
    [InlineData("overlap", "Commit or stash your work")]
    [InlineData("content", "agent-ide message fix-1")]
    public async Task Accept_ThatConflicts_NamesPathsAndLines_AndEndsWith3(string kind, string advice)
    {
        var task = FakeTask.Create("fix-1", "readyForReview");
        await Coordinator.PublishAsync(task);
        Coordinator.On<AcceptParams, AcceptResult>(
            AgentMethods.Accept, parameters => new AcceptResult(task, null, [new FileConflict("src/a.cs", kind, [new LineRange(3, 5)])]));

        (await _cli.RunAsync("accept", "fix-1")).ShouldBe(3);

        _cli.Out.ShouldContain("src/a.cs:3-5");
        _cli.Out.ShouldContain("nothing was changed");
        _cli.Out.ShouldContain(advice);
    }

    [Fact]
    public async Task Accept_WithJson_ThatConflicts_IsStillOneDocument()
    {
        var task = FakeTask.Create("fix-1", "conflict");
        await Coordinator.PublishAsync(task);
        Coordinator.On<AcceptParams, AcceptResult>(
            AgentMethods.Accept, parameters => new AcceptResult(task, null, [new FileConflict("src/a.cs", "content", [])]));

        (await _cli.RunAsync("accept", "fix-1", "--json")).ShouldBe(3);

        _cli.Json().GetProperty("conflicts")[0].GetProperty("path").GetString().ShouldBe("src/a.cs");
    }

    [Theory]
    [InlineData(AgentMethods.Discard, "agent-ide restore fix-1", "discard")]
    [InlineData(AgentMethods.Restore, "agent-ide diff fix-1", "restore")]
    [InlineData(AgentMethods.Stop, "agent-ide resume fix-1", "stop")]
    [InlineData(AgentMethods.Resume, "agent-ide attach fix-1", "resume")]
    [InlineData(AgentMethods.Message, "agent-ide attach fix-1", "message", "text")]
    [InlineData(AgentMethods.Rollback, "back at step 2", "rollback", "--to", "2")]
    [InlineData(AgentMethods.Fork, "goes on from step 2 of fix-1", "fork", "--at", "2", "Another way.")]
    public async Task ASteeringVerb_AsksTheCoordinator_AndSaysHowToGoOn(string method, string expected, string verb, params string[] rest)
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1", steps: 3));

        (await _cli.RunAsync([verb, "fix", .. rest])).ShouldBe(0);
        (await _cli.RunAsync([verb, "fix", .. rest, "--json"])).ShouldBe(0);

        Coordinator.Requests.Count(request => request.Method == method).ShouldBe(2);
        _cli.OutLines[0].ShouldContain(expected);
        System.Text.Json.JsonDocument.Parse(_cli.OutLines[1]).RootElement.GetProperty("id").GetString().ShouldBe("fix-1");
    }

    [Theory]
    [InlineData("allow", "approve", "fix-1", "call-1")]
    [InlineData("allowAlways", "approve", "fix-1", "call-1", "--always")]
    [InlineData("allowAlwaysInRepository", "approve", "fix-1", "call-1", "--always-in-repository")]
    [InlineData("deny", "deny", "fix-1", "call-1")]
    public async Task ApproveAndDeny_Answer(string decision, params string[] arguments)
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1"));

        (await _cli.RunAsync(arguments)).ShouldBe(0);

        Coordinator.Requests.Last().Parameters.ShouldBe(new ApprovalResponseParams("fix-1", "call-1", decision));
    }

    [Fact]
    public async Task Conflicts_AreListed_AndTheListEndsWith0()
    {
        Coordinator.On<EmptyParams, ConflictsResult>(
            AgentMethods.Conflicts, parameters => new ConflictsResult([new ConflictPair("fix-1", "user", [new FileConflict("a.cs", "content", [new LineRange(1, 1)])])]));

        (await _cli.RunAsync("conflicts")).ShouldBe(0);

        _cli.Out.ShouldBe("fix-1 and your uncommitted edits\n  a.cs:1 (both changed it)\n");
    }

    [Fact]
    public async Task Worktrees_AreListed_WithWhatIsWrongWithThem()
    {
        Coordinator.On<EmptyParams, WorktreesResult>(
            AgentMethods.Worktrees,
            parameters => new WorktreesResult([new TaskWorktree(null, "/r/.worktrees/x", "refs/heads/agent/x", "orphan") { Bytes = 4_100, Reason = "no task owns it" }]));

        (await _cli.RunAsync("worktrees")).ShouldBe(0);

        _cli.OutLines[1].ShouldContain("orphan");
        _cli.OutLines[1].ShouldContain("4.1 KB");
        _cli.OutLines[1].ShouldContain(" agent/x ");
        _cli.OutLines[2].ShouldBe("/r/.worktrees/x: no task owns it");
    }

    [Fact]
    public async Task WorktreesPrune_RemovesOneAfterTheOther_AndSaysWhatWasLeftAndWhy()
    {
        Coordinator.On<PruneParams, PruneResult>(AgentMethods.PruneWorktrees, parameters => parameters switch
        {
            { DryRun: true } => new PruneResult([new PrunedWorktree("/r/x"), new PrunedWorktree("/r/y")]) { Left = [new LeftWorktree("/r/z", "its task is running")] },
            { Path: "/r/x" } => new PruneResult([new PrunedWorktree("/r/x", "refs/kept") { NotKept = ["node_modules/"] }]),
            { Path: "/r/y" } => new PruneResult([]) { Left = [new LeftWorktree("/r/y", "in use by vim (7)") { Failed = true }] },
            _ => new PruneResult([]) { Refs = ["refs/agent-ide/kept/old/1"] },
        });

        (await _cli.RunAsync("worktrees", "prune")).ShouldBe(1);

        _cli.OutLines.ShouldBe(
        [
            "Removed /r/x, its work is kept at refs/kept; not kept: node_modules/",
            "Left /r/z: its task is running",
            "Left /r/y: in use by vim (7)",
            "Removed 1 ref past its time: refs/agent-ide/kept/old/1",
        ]);
    }

    [Fact]
    public async Task WorktreesPrune_DryRun_RemovesNothing()
    {
        Coordinator.On<PruneParams, PruneResult>(AgentMethods.PruneWorktrees, parameters =>
            parameters.DryRun ? new PruneResult([new PrunedWorktree("/r/x")]) : throw new InvalidOperationException("It was to remove nothing."));

        (await _cli.RunAsync("worktrees", "prune", "--dry-run")).ShouldBe(0);

        _cli.OutLines.ShouldBe(["Would remove /r/x"]);
    }

    [Fact]
    public async Task Trust_WithoutATerminal_AcceptsOnlyWithYes()
    {
        Coordinator.On<TrustParams, TrustResult>(
            AgentMethods.Trust, parameters => new TrustResult("/repo/.agent-ide.yaml", parameters.Accept, [new TrustEntry("setup", "make", 3)]));

        (await _cli.RunAsync("trust")).ShouldBe(5);
        (await _cli.RunAsync("trust", "--yes")).ShouldBe(0);

        Coordinator.Requests.Select(request => request.Parameters).OfType<TrustParams>().Select(asked => asked.Accept).ShouldBe([false, false, true]);
    }

    [Fact]
    public async Task Doctor_EndsWith6_WhenSomethingIsMissing_AndSaysHowToGetIt()
    {
        Coordinator.On<EmptyParams, DoctorResult>(
            AgentMethods.Doctor, parameters => new DoctorResult([new SetupCheck("git", true, "2.39"), new SetupCheck("sandbox", false, "No bwrap.", "Install it.")]));

        (await _cli.RunAsync("doctor")).ShouldBe(6);

        _cli.Out.ShouldContain("✓ ok       git");
        _cli.Out.ShouldContain("✗ missing  sandbox");
        _cli.Out.ShouldContain("Install it.");
    }

    [Fact]
    public async Task Doctor_OutsideARepository_SaysSoAsACheck()
    {
        _cli.RepositoryProblem = new Git.GitException(Git.GitProblem.NotARepository, "Not here.");

        (await _cli.RunAsync("doctor", "--json")).ShouldBe(6);

        _cli.Json().GetProperty("checks")[0].GetProperty("name").GetString().ShouldBe("repository");
    }

    [Fact]
    public async Task Coordinator_StatusAndStop_NeverStartOne()
    {
        _cli.IsCoordinatorRunning = false;

        (await _cli.RunAsync("coordinator", "status")).ShouldBe(0);
        (await _cli.RunAsync("coordinator", "stop", "--json")).ShouldBe(0);

        _cli.OutLines[0].ShouldStartWith("Not running.");
        _cli.OutLines[1].ShouldBe("""{"stopped":false}""");
        Coordinator.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task Coordinator_IsDescribedAndStopped()
    {
        Coordinator.On<EmptyParams, CoordinatorStatus>(
            AgentMethods.CoordinatorStatus, parameters => new CoordinatorStatus(42, "1.2.3", FakeTask.Start, "/repo/.git", 1, 2, 3, 9, true, "/log"));

        (await _cli.RunAsync("coordinator", "status")).ShouldBe(0);
        (await _cli.RunAsync("coordinator", "stop")).ShouldBe(0);

        _cli.Out.ShouldContain("process 42");
        _cli.Out.ShouldContain("2 running, 3 queued, 9 in all");
        _cli.Out.ShouldContain("Stopped.");
        Coordinator.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task Wait_EndsWhenEachTaskIsThere_WithTheFirstBadExitCode()
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview"));
        await Coordinator.PublishAsync(FakeTask.Create("port-2"));
        var wait = _cli.Start("wait", "fix", "port");
        await _cli.SeeAsync("port-2  running");

        await Coordinator.PublishAsync(FakeTask.Create("port-2", "failed") with { Error = new TaskFailure("c", "m", null, 4) });

        (await wait.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(4);
    }

    [Fact]
    public async Task Attach_TellsTheStepsSoFar_AndFollows()
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1"));
        await Coordinator.AppendStepAsync("fix-1", FakeTask.Step(1));
        var attach = _cli.Start("attach", "fix", "--json");
        await _cli.SeeAsync("\"number\":1");

        await Coordinator.AppendStepAsync("fix-1", FakeTask.Step(2));
        await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview", 2));

        (await attach.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0);
        _cli.JsonLines().Where(line => line.TryGetProperty("step", out _)).Select(line => line.GetProperty("step").GetProperty("number").GetInt32()).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task AnInterruptedWait_LeavesTheTaskAlone()
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1"));
        var wait = _cli.Start("wait", "fix");
        await _cli.SeeAsync("running");

        _cli.Interrupt();

        (await wait.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(130);
        Coordinator.Requests.ShouldNotContain(request => request.Method == AgentMethods.Stop);
    }
}
