using Agent.Ide.Coordinator.Tasks;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class PlaceQueueTests
{
    [Fact]
    public async Task Acquire_WhenAllPlacesAreTaken_WaitsForOneToComeBack_FirstComeFirstServed()
    {
        var queue = new PlaceQueue(1);
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
        var queue = new PlaceQueue(1);
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
        var queue = new PlaceQueue(2);
        var first = await queue.AcquireAsync(CancellationToken.None);
        _ = await queue.AcquireAsync(CancellationToken.None);

        first.Dispose();
        first.Dispose();

        queue.Taken.ShouldBe(1);
    }

    [Fact]
    public async Task SetLimit_WhenRaised_AdmitsWhoWaits()
    {
        var queue = new PlaceQueue(1);
        _ = await queue.AcquireAsync(CancellationToken.None);
        var waiting = queue.AcquireAsync(CancellationToken.None);

        queue.SetLimit(2);

        _ = await waiting;
        queue.Taken.ShouldBe(2);
    }
}
