using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Coordinator.Tests.Tasks;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Coordinator.Tests.Hosting;

public sealed class TaskFeedTests
{
    private static AgentTask View(string id, int steps) =>
        TaskViews.ToView(Logs.Snapshot(id), TaskSurroundings.None) with { Steps = steps };

    [Fact]
    public void Listen_WithTheLastNumberSeen_HandsOverExactlyWhatWasMissed()
    {
        var feed = new TaskFeed(start: 100);
        feed.Publish(() => new TaskChangedEntry(101, View("a-task", 1)));
        feed.Publish(() => new TaskChangedEntry(102, View("a-task", 2)));
        var seen = new List<long>();

        feed.Listen(entry => seen.Add(entry.Seq), fromSeq: 101, () => 0);
        feed.Publish(() => new TaskChangedEntry(103, View("a-task", 3)));

        seen.ShouldBe([102, 103]);
    }

    [Fact]
    public void Listen_WithANumberFromBeforeTheFeed_HandsOverNothingOld()
    {
        var feed = new TaskFeed(start: 100);
        feed.Publish(() => new TaskChangedEntry(101, View("a-task", 1)));
        var seen = new List<long>();

        feed.Listen(entry => seen.Add(entry.Seq), fromSeq: 7, () => 0);

        seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Outbox_OfASlowClient_HoldsEachTaskOnceInItsNewestState_AndEveryStep()
    {
        using var outbox = new SessionOutbox();
        for (var step = 1; step <= 50; step++)
        {
            outbox.Add(new TaskChangedEntry(step * 2, View("a-task", step)));
            outbox.Add(new StepAppendedEntry((step * 2) + 1, "a-task", new TaskStep
            {
                Number = step,
                Tool = "read_file",
                Version = 1,
                Arguments = "{}",
                Summary = "read",
                StartedAt = DateTimeOffset.UnixEpoch,
                DurationMs = 1,
                Tokens = new StepTokens(0, 0, 0),
            }));
        }

        var taken = await outbox.TakeAsync(CancellationToken.None);

        taken.OfType<StepAppendedEntry>().Count().ShouldBe(50);
        taken.OfType<TaskChangedEntry>().Single().Task.Steps.ShouldBe(50);
        taken.Select(entry => entry.Seq).ShouldBeInOrder();
    }

    [Fact]
    public void Outbox_OfAClientThatStoppedReading_OverflowsInsteadOfGrowing()
    {
        using var outbox = new SessionOutbox();
        for (var number = 0; number < 30_000; number++)
        {
            outbox.Add(new ConflictsChangedEntry(number));
        }

        outbox.Overflowed.ShouldBeTrue();
    }
}
