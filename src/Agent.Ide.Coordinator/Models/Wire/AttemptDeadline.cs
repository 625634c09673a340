namespace Agent.Ide.Coordinator.Models.Wire;

/// <summary>One attempt's cancellation: the caller's, or a deadline that moves on as long as the server sends something.</summary>
internal sealed class AttemptDeadline : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _linked;

    public AttemptDeadline(TimeProvider time, CancellationToken cancellationToken)
    {
        _timer = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, cancellationToken);
    }

    public CancellationToken Token => _linked.Token;

    public bool HasPassed => _timer.IsCancellationRequested;

    public TimeSpan Current { get; private set; }

    public void Set(TimeSpan fromNow)
    {
        Current = fromNow;
        _timer.CancelAfter(fromNow);
    }

    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }
}
