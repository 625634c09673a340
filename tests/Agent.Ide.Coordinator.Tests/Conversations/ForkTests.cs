using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Testing.Models;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Coordinator.Tests.Conversations;

public sealed class ForkTests
{
    /// <summary>Three files in three steps; a conversation that has some of them goes on with the next.</summary>
    private const string ThreeFiles = """
        {"three files": [
            {"text": "First.", "calls": [{"name": "write_file", "arguments": {"path": "1.txt", "content": "one\n"}}]},
            {"text": "Second.", "calls": [{"name": "write_file", "arguments": {"path": "2.txt", "content": "two\n"}}]},
            {"text": "Third.", "calls": [{"name": "write_file", "arguments": {"path": "3.txt", "content": "three\n"}}]},
            {"text": "All written."}]}
        """;

    [Fact]
    public async Task Fork_AtAStep_StartsFromItsCommitAndConversation_AndTellsTheModelThePrompt()
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "a\n"));
        await using var coordinator = await LiveCoordinator.StartAsync(repository, ThreeFiles);
        var parent = await coordinator.RunAsync("Write three files.");
        var steps = await coordinator.StepsAsync(parent.Id);

        var fork = await coordinator.ForkAsync(parent.Id, 1, "Shorter, please.");
        var ready = await coordinator.SeenAsync(fork.Id, "readyForReview");

        (ready.Parent, ready.ParentStep).ShouldBe((parent.Id, 1));
        ready.Base.Commit.ShouldBe(parent.Base.Commit);
        ready.Steps.ShouldBe(3, "the numbering goes on from the parent's step");
        (await coordinator.StepsAsync(fork.Id))[0].Commit.ShouldBe(steps[0].Commit);
        (await repository.GitAsync("rev-parse", $"agent/{fork.Id}~2")).ShouldBe(steps[0].Commit);
        (await repository.GitAsync("log", "-1", "--format=%(trailers:key=Agent-Task,valueonly)", $"agent/{fork.Id}")).Trim().ShouldBe(fork.Id);
        var first = coordinator.Model.ChatRequests[4].Body;
        first.ShouldContain("Write three files.");
        first.ShouldContain("First.");
        first.ShouldContain("Shorter, please.");
        first.ShouldNotContain("Second.");
        coordinator.Read(fork.Id, "3.txt").ShouldBe("three\n");
        coordinator.Services.Tasks.View(parent.Id).State.ShouldBe("readyForReview");
        (await repository.GitAsync("rev-parse", $"agent/{parent.Id}")).ShouldBe(parent.Head);
        ready.Budget.OutputTokens.ShouldBeLessThan(parent.Budget.OutputTokens, "what the parent spent is the parent's");
        (await repository.GitAsync("notes", $"--ref=agent-ide/{fork.Id}", "show", steps[0].Commit!)).ShouldContain("First.");
        await repository.FsckAsync();
    }

    [Fact]
    public async Task Fork_OfATaskOfWhichAPartHasLanded_ChangesAllOfIt_AndLandsOnTopOfThatPart()
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "a\n"));
        await using var coordinator = await LiveCoordinator.StartAsync(repository, ThreeFiles);
        var parent = await coordinator.RunAsync("Write three files.");
        await coordinator.DoAsync(parent.Id, actor => actor.AcceptAsync(
            new AcceptParams(parent.Id, parent.Head, Files: ["1.txt"]), repository.Path, CancellationToken.None));

        var fork = await coordinator.SeenAsync((await coordinator.ForkAsync(parent.Id, 0)).Id, "readyForReview");

        fork.Base.Commit.ShouldBe(parent.Base.Commit);
        fork.Changes.Files.ShouldBe(3);
        await coordinator.DoAsync(fork.Id, actor => actor.AcceptAsync(new AcceptParams(fork.Id, fork.Head), repository.Path, CancellationToken.None));
        (await repository.GitAsync("show", "--format=", "--name-only", "HEAD")).ShouldBe("2.txt\n3.txt");
        coordinator.Services.Tasks.View(parent.Id).Changes.Files.ShouldBe(2);
    }

    [Fact]
    public async Task Fork_WithoutAPrompt_GoesOnAsTheParentDid_AndItsChangesCountFromTheParentsBase()
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "a\n"));
        await using var coordinator = await LiveCoordinator.StartAsync(repository, ThreeFiles);
        var parent = await coordinator.RunAsync("Write three files.");

        var fork = await coordinator.SeenAsync((await coordinator.ForkAsync(parent.Id, 2)).Id, "readyForReview");

        fork.Title.ShouldBe(parent.Title);
        fork.Changes.Files.ShouldBe(3);
        await coordinator.DoAsync(fork.Id, actor => actor.AcceptAsync(new AcceptParams(fork.Id, fork.Head), repository.Path, CancellationToken.None));
        repository.Read("1.txt").ShouldBe("one\n");
        repository.Read("3.txt").ShouldBe("three\n");
        (await repository.GitAsync("rev-list", "--count", "HEAD")).ShouldBe("2");
    }

    [Fact]
    public async Task Fork_OfARunningTask_LeavesItRunning_AndAnOpenStepIsNotTakenOver()
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "a\n"));
        await using var coordinator = await LiveCoordinator.StartAsync(repository, ThreeFiles);
        coordinator.Model.Inject(new ModelFault());
        coordinator.Model.Inject(new ModelFault { Hold = true });
        var parent = await coordinator.CreateAsync("Write three files.");
        var held = await coordinator.Model.WaitForChatRequestAsync(2, CancellationToken.None);

        var fork = await coordinator.SeenAsync((await coordinator.ForkAsync(parent.Id, 1)).Id, "readyForReview");

        coordinator.Services.Tasks.View(parent.Id).State.ShouldBe("running");
        fork.Steps.ShouldBe(3);
        var early = await Should.ThrowAsync<RequestFailedException>(() => coordinator.ForkAsync(parent.Id, 2));
        early.Error.Code.ShouldBe("unknownStep");
        held.Release();
        (await coordinator.SeenAsync(parent.Id, "readyForReview")).Steps.ShouldBe(3);
    }

    [Fact]
    public async Task Fork_OfAStepThatWasRolledBack_AndAtStepZero_AndOfADiscardedTask_FindsTheCommits()
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "a\n"));
        await using var coordinator = await LiveCoordinator.StartAsync(repository, ThreeFiles);
        var parent = await coordinator.RunAsync("Write three files.");
        await coordinator.DoAsync(parent.Id, actor => actor.RollbackAsync(1, CancellationToken.None));

        var undone = await coordinator.SeenAsync((await coordinator.ForkAsync(parent.Id, 3)).Id, "readyForReview");
        undone.Head.ShouldBe(parent.Head, "nothing was left to do");
        coordinator.Read(undone.Id, "3.txt").ShouldBe("three\n");

        var anew = await coordinator.SeenAsync((await coordinator.ForkAsync(parent.Id, 0, "Once more.")).Id, "readyForReview");
        anew.Steps.ShouldBe(3);
        (await repository.GitAsync("merge-base", $"agent/{anew.Id}", $"agent/{undone.Id}")).ShouldBe(parent.Base.Commit);

        await coordinator.DoAsync(parent.Id, actor => actor.DiscardAsync(CancellationToken.None));
        var kept = await coordinator.SeenAsync((await coordinator.ForkAsync(parent.Id, 2)).Id, "readyForReview");
        kept.Changes.Files.ShouldBe(3);
        await repository.FsckAsync();
    }

    [Fact]
    public async Task Fork_CanBeRolledBackToAStepOfItsParent()
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "a\n"));
        await using var coordinator = await LiveCoordinator.StartAsync(repository, ThreeFiles);
        var parent = await coordinator.RunAsync("Write three files.");
        var fork = await coordinator.SeenAsync((await coordinator.ForkAsync(parent.Id, 2)).Id, "readyForReview");

        await coordinator.DoAsync(fork.Id, actor => actor.RollbackAsync(1, CancellationToken.None));

        coordinator.Services.Tasks.View(fork.Id).Steps.ShouldBe(1);
        File.Exists(Path.Combine(repository.Path, ".worktrees", fork.Id, "2.txt")).ShouldBeFalse();
        (await repository.GitAsync("rev-parse", $"agent/{fork.Id}")).ShouldBe((await coordinator.StepsAsync(parent.Id))[0].Commit);
    }

    [Fact]
    public async Task Fork_OfWhatIsNotThere_SaysWhatIs_AndMakesNothing()
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "a\n"));
        await using var coordinator = await LiveCoordinator.StartAsync(repository, ThreeFiles);
        var parent = await coordinator.RunAsync("Write three files.");

        (await Should.ThrowAsync<RequestFailedException>(() => coordinator.ForkAsync("none", 1))).Error.Code.ShouldBe("unknownTask");
        (await Should.ThrowAsync<RequestFailedException>(() => coordinator.ForkAsync(parent.Id, 4))).Message.ShouldContain("0 (its base) to 3");
        (await Should.ThrowAsync<RequestFailedException>(() => coordinator.ForkAsync(parent.Id, 1, " "))).Error.Code.ShouldBe("emptyPrompt");
        coordinator.Services.Tasks.Views.Count.ShouldBe(1);
    }
}
