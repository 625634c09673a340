using Agent.Ide.Core.Tasks;
using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Coordinator.Tests.Tasks;

/// <summary>A coordinator that dies while a task lands on what is checked out instead of on its target branch.</summary>
public sealed class AcceptOntoRecoveryTests
{
    [Theory]
    [ClassData(typeof(AcceptStages))]
    internal async Task TakenUp_AfterADeathAtAnyStage_IsAsBeforeOrAsAfter(AcceptStage stage)
    {
        await using var task = await PartialAcceptTests.TwoFilesAsync();
        await task.Repository.GitAsync("checkout", "--quiet", "-b", "side");
        var start = await task.Repository.HashAsync("side");
        task.Log.Append(new TaskStateChanged { To = TaskState.Merging, Onto = new LandingPlace(task.Repository.Path, "refs/heads/side") });
        await PartialAcceptRecoveryTests.DieAsync(task, stage, ontoCurrent: true);

        await task.TakeUpAsync();

        var landed = stage >= AcceptStage.RefMoved;
        task.Log.Snapshot.State.ShouldBe(landed ? TaskState.Merged : TaskState.ReadyForReview);
        task.Log.Snapshot.MergesOnto.ShouldBeNull();
        (await task.Repository.HashAsync("main")).ShouldBe(start);
        (await task.Repository.HashAsync("side") != start).ShouldBe(landed);
        (await task.Repository.GitAsync("status", "--porcelain")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("side", null)]
    [InlineData("side", "notes.txt")]
    [InlineData("--detach", null)]
    [InlineData("--detach", "notes.txt")]
    public async Task TakenUp_AfterADeathBetweenLandingAndTheLog_KnowsWhatLanded(string onto, string? file)
    {
        await using var task = await PartialAcceptTests.TwoFilesAsync();
        await task.Repository.GitAsync(["checkout", "--quiet", .. onto == "--detach" ? (string[])[onto] : ["-b", onto]]);
        await AppendMergingAsync(task, task.Repository.Path, file);
        var landed = await LandAsync(task, task.Repository.Path, file);
        await task.Repository.Write("other.txt", "other\n").CommitAsync("On top");

        await task.TakeUpAsync();

        var snapshot = task.Log.Snapshot;
        (snapshot.Accepted?.Commit ?? snapshot.Parts.SingleOrDefault()?.Commit).ShouldBe(landed);
        snapshot.State.ShouldBe(file is null ? TaskState.Merged : TaskState.ReadyForReview);
    }

    [Fact]
    public async Task TakenUp_AfterADeathBetweenLandingInAnotherWorktreeAndTheLog_IsMerged_OrNotWhereThatIsGone()
    {
        foreach (var isGone in new[] { false, true })
        {
            await using var task = await PartialAcceptTests.TwoFilesAsync();
            var checkout = task.Repository.FullPath(".worktrees/elsewhere");
            await task.Repository.GitAsync("worktree", "add", "--quiet", "--detach", checkout);
            await AppendMergingAsync(task, checkout, file: null);
            await LandAsync(task, checkout, file: null);
            if (isGone)
            {
                await task.Repository.GitAsync("worktree", "remove", checkout);
            }

            await task.TakeUpAsync();

            task.Log.Snapshot.State.ShouldBe(isGone ? TaskState.ReadyForReview : TaskState.Merged);
        }
    }

    [Fact]
    public async Task Accept_OntoWhatIsCheckedOut_SaysInTheLogWhereItLands_BeforeItDoes()
    {
        await using var task = await PartialAcceptTests.TwoFilesAsync();
        await task.Repository.GitAsync("checkout", "--quiet", "-b", "side");
        var merging = task.SeenAsync(snapshot => snapshot.MergesOnto is not null);

        await task.Actor.AcceptAsync(new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head, OntoCurrent: true), task.Repository.Path, CancellationToken.None);

        var seen = await merging;
        seen.State.ShouldBe(TaskState.Merging);
        seen.MergesOnto.ShouldBe(new LandingPlace(task.Repository.Path, "refs/heads/side"));
        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);
        (await task.Repository.HashAsync("side")).ShouldBe(task.Log.Snapshot.Accepted!.Commit);
    }

    private static async Task AppendMergingAsync(LiveTask task, string checkout, string? file) => task.Log.Append(new TaskStateChanged
    {
        To = TaskState.Merging,
        OfPart = file is not null,
        Onto = await task.Git.FindLandingPlaceAsync(checkout, CancellationToken.None),
    });

    private static async Task<string> LandAsync(LiveTask task, string checkout, string? file)
    {
        var request = new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head, Files: file is null ? null : [file], OntoCurrent: true);
        var part = await task.Git.ChooseAsync(task.Log.Snapshot, request, CancellationToken.None);
        return (await task.Git.AcceptAsync(task.Log.Snapshot, request, part, checkout, CancellationToken.None)).Commit.ShouldNotBeNull();
    }
}
