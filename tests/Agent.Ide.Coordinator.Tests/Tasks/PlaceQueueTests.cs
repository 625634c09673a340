using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Testing.Time;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class PlaceQueueTests
{
    [Fact]
    public async Task Acquire_WhenAllPlacesAreTaken_WaitsForOneToComeBack_FirstComeFirstServed()
    {
        using var queue = new PlaceQueue(1, new AmpleMemory(), TimeProvider.System);
        var held = await queue.AcquireAsync(CancellationToken.None);
        var second = queue.AcquireAsync(CancellationToken.None);
        var third = queue.AcquireAsync(CancellationToken.None);
        second.IsCompleted.ShouldBeFalse();

        held.Dispose();
        (await second).Dispose();

        (await third).Dispose();
        queue.Taken.ShouldBe(0);
    }

    [Fact]
    public async Task Acquire_WhenCancelledWhileWaiting_GivesItsTurnToTheNext()
    {
        using var queue = new PlaceQueue(1, new AmpleMemory(), TimeProvider.System);
        var held = await queue.AcquireAsync(CancellationToken.None);
        using var cancellation = new CancellationTokenSource();
        var cancelled = queue.AcquireAsync(cancellation.Token);
        var next = queue.AcquireAsync(CancellationToken.None);

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        held.Dispose();

        (await next).Dispose();
        queue.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Dispose_Twice_GivesThePlaceBackOnce()
    {
        using var queue = new PlaceQueue(2, new AmpleMemory(), TimeProvider.System);
        var first = await queue.AcquireAsync(CancellationToken.None);
        _ = await queue.AcquireAsync(CancellationToken.None);

        first.Dispose();
        first.Dispose();

        queue.Taken.ShouldBe(1);
    }

    [Fact]
    public async Task SetLimit_WhenRaised_AdmitsWhoWaits()
    {
        using var queue = new PlaceQueue(1, new AmpleMemory(), TimeProvider.System);
        _ = await queue.AcquireAsync(CancellationToken.None);
        var waiting = queue.AcquireAsync(CancellationToken.None);

        queue.SetLimit(2);

        _ = await waiting;
        queue.Taken.ShouldBe(2);
    }

    [Fact]
    public async Task Acquire_WhileMemoryIsShort_AdmitsOneAndHoldsTheOthersUntilItIsBack()
    {
        var time = new ManualTime();
        var memory = new FakeMemory { Reason = "1 MB are free" };
        using var queue = new PlaceQueue(3, memory, time);
        var told = 0;
        queue.ShortageChanged += () => told++;
        using var first = await queue.AcquireAsync(CancellationToken.None);
        var second = queue.AcquireAsync(CancellationToken.None);
        var third = queue.AcquireAsync(CancellationToken.None);

        second.IsCompleted.ShouldBeFalse();
        queue.Shortage.ShouldBe("1 MB are free");
        told.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(1));
        second.IsCompleted.ShouldBeFalse();

        // What was freed is given to one, whose own need shows before the next look.
        memory.Reason = null;
        time.Advance(TimeSpan.FromSeconds(1));
        using var admitted = await second;
        third.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        using var last = await third;
        queue.Shortage.ShouldBeNull();
        told.ShouldBe(2);
    }

    [Fact]
    public async Task Acquire_WhileMemoryIsShortAndNobodyRuns_AdmitsOne()
    {
        using var queue = new PlaceQueue(3, new FakeMemory { Reason = "none" }, new ManualTime());
        var first = await queue.AcquireAsync(CancellationToken.None);
        var second = queue.AcquireAsync(CancellationToken.None);
        second.IsCompleted.ShouldBeFalse();

        first.Dispose();

        (await second).Dispose();
        queue.Taken.ShouldBe(0);
    }

    private sealed class FakeMemory : IMachineMemory
    {
        public string? Reason { get; set; }

        public string? Shortage() => Reason;
    }
}
