using Agent.Ide.Faults.Host;

namespace Agent.Ide.Faults.Tests;

/// <summary>
/// The coordinator dies at each single entry of a task's log: once with every entry stored and nothing done about it yet, once
/// with everything done and the entry about it not stored. Each coordinator gets one entry further than the one before.
/// </summary>
public sealed class EveryTransitionTests
{
    [Fact]
    public Task Kill_AfterEachEntryOfATasksLife_LosesAndRepeatsNothing()
    {
        // An accept that is killed before it has landed is undone: now and then one may get further, or it would be for ever.
        const int OneInFour = 4;
        var lives = 0;
        return LiveAsync(() => new Coming(Fault.After(++lives % OneInFour == 0 ? 2 : 1)));
    }

    [Fact]
    public Task Kill_BeforeEachEntryOfATasksLife_LosesAndRepeatsNothing() => LiveAsync(() => new Coming(Fault.Before(2)));

    private static async Task LiveAsync(Func<Coming> fault)
    {
        await using var ground = await Ground.CreateAsync(WholeLife.Script);
        var before = await ground.Repository.FingerprintAsync();
        var story = WholeLife.Of(ground);

        await story.RunAsync(fault);

        await Invariants.CheckAsync(ground);
        await WholeLife.CheckAsync(ground, story, before);
    }
}
