using Agent.Ide.Cli.Tests.Hosting;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Testing.Coordinators;

namespace Agent.Ide.Cli.Tests.Verbs;

/// <summary><c>accept --resolve DIR</c>: what the folder stands for between the two runs.</summary>
public sealed class AcceptResolveTests : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "agent-ide-resolve-" + Guid.NewGuid().ToString("N"));
    private readonly CliRun _cli = new();
    private AcceptParams? _asked;

    public async Task InitializeAsync()
    {
        var task = FakeTask.Create("fix-1", "conflict", 2);
        await _cli.Coordinator.PublishAsync(task);
        _cli.Coordinator.On<TaskConflictsParams, TaskConflictsResult>(
            AgentMethods.TaskConflicts,
            _ => new TaskConflictsResult("main", new string('d', 40), task.Head, [new ConflictedFile("src/a", "content", "text", []), new ConflictedFile("bin", "binary", "side", [])]));
        _cli.Coordinator.On<ConflictTextsParams, ConflictTextsResult>(AgentMethods.ConflictTexts, _ => new ConflictTextsResult("", "main\n", "task\n", "draft\n"));
        _cli.Coordinator.On<AcceptParams, AcceptResult>(AgentMethods.Accept, parameters =>
        {
            _asked = parameters;
            return new AcceptResult(task, new string('c', 40), []);
        });
    }

    public async Task DisposeAsync()
    {
        await _cli.DisposeAsync();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public async Task Resolve_InAFolderNamedWithASlash_AsShellsCompleteIt_LandsItsDrafts()
    {
        (await _cli.RunAsync("accept", "fix-1", "--take", "bin=task", "--resolve", _folder + "/")).ShouldBe(3);
        await File.WriteAllTextAsync(Path.Combine(_folder, "src", "a"), "both\n");

        (await _cli.RunAsync("accept", "fix-1", "--take", "bin=task", "--resolve", _folder + "/")).ShouldBe(0, _cli.Error);

        _asked!.Resolutions.ShouldBe([new Resolution("bin", Take: "task"), new Resolution("src/a", "both\n")]);
        _asked.ExpectedTarget.ShouldBe(new string('d', 40));
        _asked.ExpectedBase.ShouldBe(_cli.Coordinator.Find("fix-1").Base.Commit, "hunks count from it");
    }

    [Theory]
    [InlineData]
    [InlineData("--hunk", "src/a:1")]
    [InlineData("--hunk", "src/a:0", "--file", "bin")]
    public async Task Resolve_WithOtherFilesOrHunksThanTheDraftsAreOf_LandsNothing(params string[] other)
    {
        (await _cli.RunAsync("accept", "fix-1", "--hunk", "src/a:0", "--resolve", _folder)).ShouldBe(3);

        (await _cli.RunAsync(["accept", "fix-1", .. other, "--resolve", _folder])).ShouldBe(2);

        _asked.ShouldBeNull("a draft of one hunk would take the place of the others");
        _cli.Error.ShouldContain("another part of task fix-1");
        (await _cli.RunAsync("accept", "fix-1", "--hunk", "src/a:0", "--resolve", _folder)).ShouldBe(0, _cli.Error);
    }

    [Fact]
    public async Task Resolve_WhenAPartHasLandedSince_LandsNothing()
    {
        (await _cli.RunAsync("accept", "fix-1", "--hunk", "src/a:0", "--resolve", _folder)).ShouldBe(3);
        var task = _cli.Coordinator.Find("fix-1");
        await _cli.Coordinator.PublishAsync(task with { Base = task.Base with { Commit = new string('e', 40) } });

        (await _cli.RunAsync("accept", "fix-1", "--hunk", "src/a:0", "--resolve", _folder)).ShouldBe(2);

        _asked.ShouldBeNull();
    }
}
