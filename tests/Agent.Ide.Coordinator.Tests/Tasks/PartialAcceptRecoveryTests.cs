using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Coordinator.Tests.Tasks;

/// <summary>A coordinator that dies while some files of a task land: the next one finds them landed, or nothing changed.</summary>
public sealed class PartialAcceptRecoveryTests
{
    [Theory]
    [ClassData(typeof(AcceptStages))]
    internal async Task TakenUp_AfterADeathAtAnyStage_IsAsBeforeOrAsAfter(AcceptStage stage)
    {
        // It would accept itself: but a person was choosing.
        await using var task = await PartialAcceptTests.TwoFilesAsync(acceptWhenReady: true);
        var start = await task.Repository.HashAsync("main");
        task.Log.Append(new TaskStateChanged { To = TaskState.Merging, OfPart = true });
        await DieAsync(task, stage, ontoCurrent: false, "notes.txt");

        await task.TakeUpAsync();

        var snapshot = task.Log.Snapshot;
        snapshot.State.ShouldBe(TaskState.ReadyForReview);
        (await task.Repository.GitAsync("status", "--porcelain")).ShouldBeEmpty();
        if (stage >= AcceptStage.RefMoved)
        {
            task.Repository.Read("notes.txt").ShouldBe("two\n");
            snapshot.Parts.ShouldHaveSingleItem().Files.ShouldBe(["notes.txt"]);
            snapshot.Changes!.Files.ShouldBe(1);
            (await PartialAcceptTests.RemainingAsync(task)).ShouldBe(["new.txt"]);
        }
        else
        {
            (await task.Repository.HashAsync("main")).ShouldBe(start);
            snapshot.AdvancedBase.ShouldBeNull();
            (await PartialAcceptTests.RemainingAsync(task)).ShouldBe(["new.txt", "notes.txt"]);
        }

        task.Repository.Exists("new.txt").ShouldBeFalse();
        await PartialAcceptTests.AcceptAsync(task);
        task.Repository.Read("new.txt").ShouldBe("new\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TakenUp_AfterADeathBetweenLandingAndTheLog_KnowsThatAPartLanded(bool isAmended)
    {
        await using var task = await PartialAcceptTests.TwoFilesAsync();
        task.Log.Append(new TaskStateChanged { To = TaskState.Merging, OfPart = true });
        await LandAsync(task, "notes.txt");
        if (isAmended)
        {
            await task.Repository.GitAsync("commit", "--amend", "--quiet", "--date=2001-01-01T00:00:00Z", "--no-edit");
        }

        await task.Repository.Write("other.txt", "other\n").CommitAsync("On top");

        await task.TakeUpAsync();

        task.Log.Snapshot.State.ShouldBe(TaskState.ReadyForReview);
        task.Log.Snapshot.Parts.ShouldHaveSingleItem().Commit.ShouldBe(await task.Repository.HashAsync("main~1"));
        (await PartialAcceptTests.RemainingAsync(task)).ShouldBe(["new.txt"]);
    }

    [Fact]
    public async Task TakenUp_AfterADeathBeforeTheRestLanded_DoesNotTakeThePartForTheWhole()
    {
        await using var task = await PartialAcceptTests.TwoFilesAsync();
        await PartialAcceptTests.AcceptAsync(task, "notes.txt");
        await task.Repository.GitAsync("commit", "--amend", "--quiet", "--date=2001-01-01T00:00:00Z", "--no-edit");
        task.Log.Append(new TaskStateChanged { To = TaskState.Merging });

        await task.TakeUpAsync();

        task.Log.Snapshot.State.ShouldBe(TaskState.ReadyForReview);
        task.Log.Snapshot.Parts.Count.ShouldBe(1);
        (await PartialAcceptTests.RemainingAsync(task)).ShouldBe(["new.txt"]);
    }

    [Fact]
    public async Task TakenUp_AfterADeathBetweenTheLandingOfTheRestAndTheLog_IsMerged()
    {
        await using var task = await PartialAcceptTests.TwoFilesAsync();
        await PartialAcceptTests.AcceptAsync(task, "notes.txt");
        task.Log.Append(new TaskStateChanged { To = TaskState.Merging });
        await LandAsync(task);

        await task.TakeUpAsync();

        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);
    }

    [Fact]
    public async Task TakenUp_AfterADeathInTheMiddleOfARollBackPastWhatLanded_CountsTheRestFromThere()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync(("new.txt", "new\n"));
        await task.StepAsync(("notes.txt", "two\n"));
        await PartialAcceptTests.RestAsync(task);
        await PartialAcceptTests.AcceptAsync(task, "notes.txt");
        await task.Git.RollbackAsync(task.Log.Snapshot, task.Log.Snapshot.Steps[0].Commit!, CancellationToken.None);

        await task.TakeUpAsync();

        task.Log.Snapshot.LastStep.ShouldBe(1);
        (await PartialAcceptTests.RemainingAsync(task)).ShouldBe(["new.txt"]);
    }

    [Fact]
    public async Task ALogOfAnEarlierVersion_HasItsBaseWhereItStarted()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync("two\n");

        var snapshot = task.Log.Snapshot;

        (snapshot.BaseCommit, snapshot.AdvancedBase, snapshot.Parts.Count).ShouldBe((snapshot.StartCommit, null, 0));
    }

    private static async Task LandAsync(LiveTask task, params string[] files)
    {
        var request = new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head, Files: files.Length == 0 ? null : files);
        var part = await task.Git.ChooseAsync(task.Log.Snapshot, request, CancellationToken.None);
        (await task.Git.AcceptAsync(task.Log.Snapshot, request, part, task.Repository.Path, CancellationToken.None)).Commit.ShouldNotBeNull();
    }

    /// <summary>What a coordinator leaves that is killed at a stage of an accept of these files; of none: of all.</summary>
    internal static async Task DieAsync(LiveTask task, AcceptStage stage, bool ontoCurrent, params string[] files)
    {
        var repository = await GitRepository.OpenAsync(await GitProgram.LocateAsync(), task.Repository.Path);
        using var dying = new Acceptance(
            repository, TimeProvider.System, now => now == stage ? throw new AcceptAbandonedException(now) : Task.CompletedTask);
        var snapshot = task.Log.Snapshot;
        await Should.ThrowAsync<AcceptAbandonedException>(dying.AcceptAsync(repository.Checkout, new AcceptRequest
        {
            TaskId = snapshot.Id,
            Branch = "refs/heads/" + snapshot.Created.Branch,
            BaseCommit = snapshot.BaseCommit,
            ExpectedHead = snapshot.Head,
            TargetRef = snapshot.Created.TargetRef,
            OntoCurrent = ontoCurrent,
            Title = snapshot.Created.Title,
            Steps = snapshot.LastStep,
            Files = files.Length == 0 ? null : files,
        }));
    }
}
