using System.Globalization;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Faults.Tests;

/// <summary>
/// Coordinators, workers and commands that die at random moments of random tasks. The seed decides all but the machine's own timing.
/// <c>AGENT_IDE_TEST_SEEDS</c> sets how many (default 100), <c>AGENT_IDE_TEST_SEED</c> the first: with one seed it is one alone.
/// </summary>
public abstract class SeededKills
{
    private const int SeedsPerGround = 10;

    /// <summary>The seeds of one half, in groups that share a repository.</summary>
    protected static TheoryData<int, int> Groups(int half)
    {
        var first = Setting("AGENT_IDE_TEST_SEED", 1);
        var count = Setting("AGENT_IDE_TEST_SEEDS", Environment.GetEnvironmentVariable("AGENT_IDE_TEST_SEED") is null ? 100 : 1);
        var groups = new TheoryData<int, int>();
        for (var (start, number) = (first, 0); start < first + count; start += SeedsPerGround, number++)
        {
            if (number % 2 == half)
            {
                groups.Add(start, Math.Min(start + SeedsPerGround, first + count) - 1);
            }
        }

        if (!groups.Any())
        {
            groups.Add(1, 0); // Too few for two halves: this one has none, which is no failure.
        }

        return groups;
    }

    protected static async Task KillAsync(int firstSeed, int lastSeed)
    {
        var plans = Enumerable.Range(firstSeed, lastSeed - firstSeed + 1).Select(seed => new SeededPlan(seed)).ToList();
        var script = new Script();
        foreach (var task in plans.SelectMany(plan => plan.Tasks))
        {
            script.On(task.Prompt, task.Answers);
        }

        await using var ground = await Ground.CreateAsync(script.ToString());
        var before = await ground.Repository.FingerprintAsync();
        var stories = new List<(TaskPlan Plan, Story Story)>();
        foreach (var plan in plans)
        {
            var name = plan.ToString();
            try
            {
                var running = plan.Tasks.Select(task => (Plan: task, Story: StoryOf(ground, task))).ToList();
                stories.AddRange(running);
                await ground.KillAsync(); // So that the seed's first coordinator is its own.
                await Task.WhenAll(running.Select(entry => entry.Story.RunAsync(plan.Next)));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{name}: {e.Message}", e);
            }
        }

        await Invariants.CheckAsync(ground);
        var accepted = stories.Exists(entry => entry.Plan.Ending == "accept");
        if (!accepted)
        {
            (await ground.Repository.FingerprintAsync()).ShouldEqual(before);
        }

        (await ground.Repository.GitAsync("status", "--porcelain")).ShouldBe("?? mine.txt");
        var snapshots = Invariants.ReadLogs(ground);
        snapshots.Count.ShouldBe(stories.Count, "A task was made twice.");
        foreach (var (plan, story) in stories)
        {
            await CheckAsync(ground, plan, snapshots[story.Id]);
        }
    }

    private static Story StoryOf(Ground ground, TaskPlan plan)
    {
        var story = new Story(ground, plan.Prompt);
        return plan.Ending switch
        {
            "accept" => story.ThenAccept(),
            "discard" => story.ThenDiscard(),
            _ => story,
        };
    }

    /// <summary>The task ended as it would have with nobody killed, but for steps that the model was told were interrupted.</summary>
    private static async Task CheckAsync(Ground ground, TaskPlan plan, TaskSnapshot snapshot)
    {
        snapshot.State.ShouldBe(plan.Ending switch
        {
            "accept" => TaskState.Merged,
            "discard" => TaskState.Discarded,
            _ => TaskState.ReadyForReview,
        });
        snapshot.Steps.Count.ShouldBe(plan.Answers.Sum(calls => calls.Length));
        foreach (var (number, path, content) in plan.Files)
        {
            if (snapshot.Steps[number - 1].ErrorCode is null)
            {
                (await Invariants.ReadAsync(ground, snapshot.Head, path)).ShouldBe(content, $"step {number} of {plan.Prompt}");
            }
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}

/// <summary>Two classes, so that the two halves run at once.</summary>
public sealed class SeededKillsFirstHalfTests : SeededKills
{
    public static TheoryData<int, int> Seeds => Groups(0);

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task Kill_AtRandomMoments_LosesAndRepeatsNothing(int firstSeed, int lastSeed) => KillAsync(firstSeed, lastSeed);
}

public sealed class SeededKillsSecondHalfTests : SeededKills
{
    public static TheoryData<int, int> Seeds => Groups(1);

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task Kill_AtRandomMoments_LosesAndRepeatsNothing(int firstSeed, int lastSeed) => KillAsync(firstSeed, lastSeed);
}
