using Agent.Ide.Cli.Tests.Hosting;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Setup;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Coordinators;

namespace Agent.Ide.Cli.Tests.Verbs;

/// <summary>What only happens with a person at a terminal.</summary>
public sealed class TerminalTests : IAsyncLifetime
{
    private readonly CliRun _cli = new() { IsTerminal = true, Colour = true };

    private FakeCoordinator Coordinator => _cli.Coordinator;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _cli.DisposeAsync();

    [Theory]
    [InlineData("y", "allow")]
    [InlineData("a", "allowAlways")]
    [InlineData("r", "allowAlwaysInRepository")]
    [InlineData("n", "deny")]
    public async Task AnApproval_IsAnsweredRightThere(string typed, string decision)
    {
        var approval = new TaskApproval("call-1", "run_command", "rm -rf \u001b[2Jbuild [red]x[/]", "{}", "noSandbox");
        OnCreate(() => Coordinator.PublishAsync(FakeTask.Create("fix-1", "waitingForApproval") with { Approvals = [approval] }));
        Coordinator.OnAsync<ApprovalResponseParams, EmptyResult>(AgentMethods.RespondApproval, async parameters =>
        {
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview"));
            return new EmptyResult();
        });
        _cli.Typed.Type("what?");
        _cli.Typed.Type(typed);

        (await _cli.RunAsync("run", "fix it")).ShouldBe(0);

        _cli.Out.ShouldContain("rm -rf <U+001B>[2Jbuild [red]x[/]");
        _cli.Out.ShouldContain("no sandbox on this machine");
        ((ApprovalResponseParams)Coordinator.Requests.Single(request => request.Method == AgentMethods.RespondApproval).Parameters)
            .ShouldBe(new ApprovalResponseParams("fix-1", "call-1", decision));
        ((CreateTaskParams)Coordinator.Requests.Single(request => request.Method == AgentMethods.Create).Parameters).Unattended.ShouldBeFalse();
    }

    [Fact]
    public async Task AQuestion_IsAnsweredRightThere()
    {
        OnCreate(() => Coordinator.PublishAsync(FakeTask.Create("fix-1", "waitingForUser") with { Question = "Which file?" }));
        Coordinator.OnAsync<MessageParams, AgentTask>(AgentMethods.Message, async parameters =>
        {
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview"));
            return Coordinator.Find("fix-1");
        });
        _cli.Typed.Type("the second");

        (await _cli.RunAsync("run", "fix it")).ShouldBe(0);

        ((MessageParams)Coordinator.Requests.Single(request => request.Method == AgentMethods.Message).Parameters).Text.ShouldBe("the second");
    }

    [Fact]
    public async Task AnApproval_ThatIsAnsweredElsewhere_IsWithdrawn()
    {
        var approval = new TaskApproval("call-1", "run_command", "make", "{}", "always");
        OnCreate(async () =>
        {
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "waitingForApproval") with { Approvals = [approval] });
            await _cli.SeeAsync("[n]o:");
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview"));
        });

        (await _cli.RunAsync("run", "fix it")).ShouldBe(0);

        _cli.Out.ShouldContain("Answered elsewhere.");
        _cli.Typed.End();
    }

    [Fact]
    public async Task LiveProgress_ShowsALinePerTask_WithStateStepGaugeAndActivity()
    {
        OnCreate(async () =>
        {
            await Coordinator.AppendStepAsync("fix-1", FakeTask.Step(1));
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "running", 1) with { Activity = "edit_file" });
            await _cli.SeeAsync("edit_file");
            await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview", 1));
        });

        (await _cli.RunAsync("run", "fix it")).ShouldBe(0);

        _cli.Out.ShouldContain("Context");
        _cli.Out.ShouldContain("[######·|···] ~4.1k/8.2k");
    }

    [Fact]
    public async Task ADiff_IsColoured_AndItsEscapesAreTakenOut()
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1", "readyForReview"));
        Coordinator.On<Protocol.Review.PatchParams, Protocol.Review.PatchResult>(
            AgentMethods.Patch, parameters => new Protocol.Review.PatchResult("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+n\u001b[2Jew\n", false));

        (await _cli.RunAsync("diff", "fix-1")).ShouldBe(0);

        _cli.Out.ShouldContain("\u001b[32m+new\u001b[0m\n");
        _cli.Out.ShouldContain("\u001b[31m-old\u001b[0m\n");
        _cli.Out.ShouldNotContain("[2J");
    }

    [Theory]
    [InlineData("y", 0)]
    [InlineData("", 5)]
    public async Task Trust_AsksFirst(string typed, int exitCode)
    {
        Coordinator.On<TrustParams, TrustResult>(
            AgentMethods.Trust, parameters => new TrustResult("/repo/.agent-ide.yaml", parameters.Accept, [new TrustEntry("setup", "make", 3)]));
        _cli.Typed.Type(typed);

        (await _cli.RunAsync("trust")).ShouldBe(exitCode);

        _cli.Out.ShouldContain("line 3");
        Coordinator.Requests.Select(request => request.Parameters).OfType<TrustParams>().Any(asked => asked.Accept).ShouldBe(exitCode == 0);
    }

    private void OnCreate(Func<Task> life) => Coordinator.OnAsync<CreateTaskParams, AgentTask>(AgentMethods.Create, async parameters =>
    {
        await Coordinator.PublishAsync(FakeTask.Create("fix-1"));
        _ = Task.Run(life);
        return Coordinator.Find("fix-1");
    });
}
