using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Tests.Hosting;
using Agent.Ide.Git;
using Agent.Ide.Testing.Machines;
using Agent.Ide.Testing.Coordinators;

namespace Agent.Ide.Cli.Tests.CommandLine;

public sealed class SyntaxTests
{
    [Theory]
    [InlineData("'tsks'. Verbs: demo, run", "tsks")]
    [InlineData("has no option --foo. Options: --repo", "show", "x", "--foo")]
    [InlineData("has no option --foo", "run", "--foo")]
    [InlineData("has no option -x", "stop", "-x")]
    [InlineData("Put the prompt in quotes.", "run", "fix", "it")]
    [InlineData("Usage: agent-ide rollback ID --to STEP", "rollback", "x")]
    [InlineData("Usage: agent-ide wait ID", "wait")]
    [InlineData("Verbs: status, stop", "coordinator")]
    [InlineData("'nap'. Verbs: status, stop", "coordinator", "nap")]
    [InlineData("Usage: agent-ide diff", "diff", "x", "--step", "abc")]
    [InlineData("Steps count from 1", "diff", "x", "--step", "0")]
    [InlineData("Strategies: squash, merge.", "accept", "x", "--strategy", "octopus")]
    [InlineData("The prompt is empty", "run", "  ")]
    [InlineData("The message is empty", "message", "x", "")]
    [InlineData("needs a task", "resume")]
    [InlineData("Name one of them", "resume", "x", "--commit", "abc")]
    [InlineData("Usage: agent-ide fork ID", "fork", "x")]
    [InlineData("The prompt is empty", "fork", "x", "--at", "1", " ")]
    public async Task AWrongCommandLine_EndsWith2_AndSaysWhatIsAllowed(string expected, params string[] arguments)
    {
        await using var cli = new CliRun();

        (await cli.RunAsync(arguments)).ShouldBe(2);

        cli.Error.ShouldContain(expected);
        cli.Error.TrimEnd('\n').ShouldNotContain('\n');
        cli.Out.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("comment", "x", "src/a.cs:3", "text")]
    [InlineData("pipeline", "file.yaml")]
    [InlineData("mcp")]
    [InlineData("broker", "--port", "1")]
    [InlineData("run", "p", "--depends-on", "a")]
    [InlineData("accept", "x", "--strategy", "rebase")]
    public async Task WhatIsNotBuiltYet_SaysSo_AndEndsWith2(params string[] arguments)
    {
        await using var cli = new CliRun();

        (await cli.RunAsync(arguments)).ShouldBe(2);

        cli.Error.ShouldContain("not built yet");
    }

    [Fact]
    public async Task Help_ListsEveryVerb_TheExitCodes_AndWhatIsNotBuilt()
    {
        await using var cli = new CliRun();

        (await cli.RunAsync("--help")).ShouldBe(0);

        foreach (var verb in AllVerbs())
        {
            cli.Out.ShouldContain($"  {verb.Name}");
        }

        cli.Out.ShouldContain("130  interrupted");
        cli.OutLines.Single(line => line.StartsWith("  pipeline", StringComparison.Ordinal)).ShouldEndWith("(not built yet)");
    }

    [Fact]
    public async Task Help_OfEachVerb_ShowsUsageAndAnExample()
    {
        foreach (var verb in AllVerbs().Where(verb => verb.IsBuilt && verb.Run is not null))
        {
            await using var cli = new CliRun();

            (await cli.RunAsync(verb.Name, "--help")).ShouldBe(0);

            cli.Out.ShouldContain($"Usage: agent-ide {verb.Name}");
            cli.Out.ShouldContain("Examples");
        }
    }

    [Fact]
    public async Task Version_IsOneLine()
    {
        await using var cli = new CliRun();

        (await cli.RunAsync("--version")).ShouldBe(0);

        cli.OutLines.ShouldHaveSingleItem().ShouldMatch(@"^\d+\.\d+\.\d+");
    }

    [Fact]
    public async Task AFailure_WithJson_IsADocumentOnStandardOutput()
    {
        await using var cli = new CliRun();

        (await cli.RunAsync("show", "nothing", "--json")).ShouldBe(2);

        cli.Json().GetProperty("error").GetProperty("exitCode").GetInt32().ShouldBe(2);
        cli.Error.ShouldContain("There is no task 'nothing'");
    }

    [NeedsFact(Need.Linux)]
    public async Task AResultThatCannotBeWritten_IsAFailure()
    {
        await using var cli = new CliRun { CannotWrite = true };

        (await cli.RunAsync("tasks")).ShouldBe(1);

        cli.Error.ShouldContain("No space left");
    }

    [Fact]
    public async Task ARepositoryProblem_EndsWith6_AndOneLine()
    {
        await using var cli = new CliRun { RepositoryProblem = new GitException(GitProblem.NotARepository, "/x is not inside a git repository.") };

        (await cli.RunAsync("tasks")).ShouldBe(6);

        cli.Error.ShouldBe("/x is not inside a git repository.\n");
    }

    [Fact]
    public async Task Repo_IsUnderstoodBeforeAndAfterTheVerb()
    {
        foreach (var arguments in (string[][])[["--repo", "/elsewhere", "tasks"], ["tasks", "--repo", "/elsewhere"]])
        {
            await using var cli = new CliRun();

            (await cli.RunAsync(arguments)).ShouldBe(0);

            cli.Coordinator.Requests.Select(request => request.Parameters)
                .OfType<Protocol.Tasks.AttachParams>().Single().Checkout.ShouldBe("/elsewhere");
        }
    }

    [Theory]
    [InlineData("- list the files")]
    [InlineData("@mention")]
    [InlineData("[suggest]")]
    public async Task APromptWithUnusualBeginning_IsStillAPrompt(string prompt)
    {
        await using var cli = new CliRun();
        cli.Coordinator.On<Protocol.Tasks.CreateTaskParams, Protocol.Tasks.AgentTask>(
            Protocol.AgentMethods.Create, parameters => FakeTask.Create("a") with { Prompt = parameters.Prompt });

        (await cli.RunAsync("run", prompt, "--detach", "--json")).ShouldBe(0);

        cli.Json().GetProperty("prompt").GetString().ShouldBe(prompt);
    }

    [Fact]
    public async Task AfterTwoDashes_EverythingIsAPrompt()
    {
        await using var cli = new CliRun();
        cli.Coordinator.On<Protocol.Tasks.CreateTaskParams, Protocol.Tasks.AgentTask>(
            Protocol.AgentMethods.Create, parameters => FakeTask.Create("a") with { Prompt = parameters.Prompt });

        (await cli.RunAsync("run", "--detach", "--json", "--", "--foo")).ShouldBe(0);

        cli.Json().GetProperty("prompt").GetString().ShouldBe("--foo");
    }

    [Fact]
    public async Task AnId_MayBeShortened_AsLongAsItIsUnique()
    {
        await using var cli = new CliRun();
        await cli.Coordinator.PublishAsync(FakeTask.Create("fix-parser-1"));
        await cli.Coordinator.PublishAsync(FakeTask.Create("fix-typo-2"));
        await cli.Coordinator.PublishAsync(FakeTask.Create("fix"));

        (await cli.RunAsync("show", "fix-t")).ShouldBe(0);
        cli.Out.ShouldStartWith("fix-typo-2");
        (await cli.RunAsync("show", "fix")).ShouldBe(0);

        (await cli.RunAsync("show", "fix-")).ShouldBe(2);
        cli.Error.ShouldContain("fix-parser-1, fix-typo-2");
    }

    [Fact]
    public void EveryVerb_StandsInTheDocumentation()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "cli.md"));

        foreach (var verb in AllVerbs())
        {
            page.ShouldContain($"`{verb.Name}");
            foreach (var option in verb.Options)
            {
                page.ShouldContain(option.Name);
            }
        }
    }

    private static IEnumerable<Verb> AllVerbs() => VerbList.Create(new CommonOptions()).Subcommands.OfType<Verb>();

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Agent.Ide.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return folder;
    }
}
