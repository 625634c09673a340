using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.Coordinator.Tests.Tasks;

/// <summary>A task that landed, was reverted and restored: the commit of then is on the branch still, and says nothing about now.</summary>
public sealed class EarlierAcceptTests
{
    [Fact]
    public async Task TakenUp_AfterADeathBeforeItLandedAgain_IsReady()
    {
        await using var task = await PartialAcceptTests.TwoFilesAsync();
        await AcceptAsync(task);
        await task.Repository.GitAsync("revert", "--no-edit", "HEAD");
        await task.Actor.RestoreAsync(CancellationToken.None);
        var tip = await task.Repository.HashAsync("main");
        task.Log.Append(new TaskStateChanged { To = TaskState.Merging, Above = tip });

        await task.TakeUpAsync();

        task.Log.Snapshot.State.ShouldBe(TaskState.ReadyForReview);
        (await AcceptAsync(task)).ShouldNotBe(tip);
        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);
    }

    [Fact]
    public async Task Accept_SaysInTheLogWhereTheTargetWas_BeforeItLands()
    {
        await using var task = await PartialAcceptTests.TwoFilesAsync();
        var tip = await task.Repository.HashAsync("main");
        var merging = task.SeenAsync(snapshot => snapshot.State == TaskState.Merging);

        await AcceptAsync(task);

        (await merging).MergesAbove.ShouldBe(tip);
        task.Log.Snapshot.MergesAbove.ShouldBeNull();
    }

    private static async Task<string?> AcceptAsync(LiveTask task) =>
        (await task.Actor.AcceptAsync(new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head), task.Repository.Path, CancellationToken.None)).Commit;
}
