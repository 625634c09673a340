using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Models;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Coordinator.Tests.Conversations;

public sealed class ResumeAnywhereTests
{
    private const string TwoFiles = """
        {"two files": [
            {"calls": [{"name": "write_file", "arguments": {"path": "1.txt", "content": "one\n"}}]},
            {"calls": [{"name": "write_file", "arguments": {"path": "2.txt", "content": "two\n"}}]},
            {"text": "Both written."}]}
        """;

    [Theory]
    [InlineData("the worktree's folder")]
    [InlineData("the folder and git's record of it")]
    [InlineData("the branch")]
    [InlineData("the folder and the branch")]
    [InlineData("the folder, the branch and the base ref")]
    [InlineData("nothing but that HEAD is detached")]
    public async Task Resume_WhereSomebodyRemoved(string what)
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "a\n"));
        await using var coordinator = await LiveCoordinator.StartAsync(repository, TwoFiles);
        var task = await StopAfterOneStepAsync(coordinator);
        var worktree = Path.Combine(repository.Path, ".worktrees", task.Id);
        if (what.Contains("folder", StringComparison.Ordinal))
        {
            Directory.Delete(worktree, recursive: true);
        }

        if (what.Contains("record", StringComparison.Ordinal))
        {
            await repository.GitAsync("worktree", "prune", "--expire=now");
        }

        if (what.Contains("branch", StringComparison.Ordinal))
        {
            await repository.GitAsync("update-ref", "-d", $"refs/heads/agent/{task.Id}");
        }

        if (what.Contains("base", StringComparison.Ordinal))
        {
            await repository.GitAsync("update-ref", "-d", $"refs/agent-ide/base/{task.Id}");
        }

        if (what.Contains("HEAD", StringComparison.Ordinal))
        {
            await repository.GitAsync("-C", worktree, "checkout", "--quiet", "--detach");
        }

        await coordinator.DoAsync(task.Id, actor => actor.ResumeAsync(CancellationToken.None));

        var ready = await coordinator.SeenAsync(task.Id, "readyForReview");
        (ready.Steps, ready.Changes.Files).ShouldBe((2, 2));
        coordinator.Read(task.Id, "1.txt").ShouldBe("one\n");
        (await repository.GitAsync("-C", worktree, "symbolic-ref", "HEAD")).ShouldBe($"refs/heads/agent/{task.Id}");
        (await repository.GitAsync("rev-parse", $"agent/{task.Id}~1")).ShouldBe(task.Head);
        await repository.FsckAsync();
    }

    [Fact]
    public async Task Resume_WhereTheWorktreeIsOnAnotherBranch_ChangesNothing_AndSaysHowToSwitchBack()
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "a\n"));
        await using var coordinator = await LiveCoordinator.StartAsync(repository, TwoFiles);
        var task = await StopAfterOneStepAsync(coordinator);
        var worktree = Path.Combine(repository.Path, ".worktrees", task.Id);
        await repository.GitAsync("-C", worktree, "checkout", "--quiet", "-b", "mine", "main");

        await coordinator.DoAsync(task.Id, actor => actor.ResumeAsync(CancellationToken.None));

        var failed = await coordinator.SeenAsync(task.Id, "failed");
        failed.Error!.Code.ShouldBe("worktreeElsewhere");
        (await repository.GitAsync("rev-parse", $"agent/{task.Id}")).ShouldBe(task.Head);
        await repository.GitAsync("-C", worktree, "switch", "--quiet", $"agent/{task.Id}");
        await coordinator.DoAsync(task.Id, actor => actor.ResumeAsync(CancellationToken.None));
        (await coordinator.SeenAsync(task.Id, "readyForReview")).Steps.ShouldBe(2);
    }

    private static async Task<AgentTask> StopAfterOneStepAsync(LiveCoordinator coordinator)
    {
        coordinator.Model.Inject(new ModelFault());
        coordinator.Model.Inject(new ModelFault { Hold = true });
        var task = await coordinator.CreateAsync("Write two files.");
        await coordinator.Model.WaitForChatRequestAsync(2, CancellationToken.None);
        await coordinator.DoAsync(task.Id, actor => actor.StopAsync(CancellationToken.None));
        return coordinator.Services.Tasks.View(task.Id);
    }
}
