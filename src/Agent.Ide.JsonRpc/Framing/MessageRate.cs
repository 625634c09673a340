namespace Agent.Ide.JsonRpc;

/// <summary>Slows the reading of a peer that sends more than a handful of programs could mean: a bucket of tokens. One reader.</summary>
/// <param name="perSecond">Messages a second; 0: as many as come.</param>
/// <param name="time">Measures.</param>
internal sealed class MessageRate(int perSecond, TimeProvider time)
{
    private const int Burst = 4;

    private double _tokens = (double)perSecond * Burst;
    private long _at = time.GetTimestamp();

    public ValueTask TakeAsync(CancellationToken cancellationToken)
    {
        if (perSecond == 0)
        {
            return ValueTask.CompletedTask;
        }

        var now = time.GetTimestamp();
        _tokens = Math.Min((double)perSecond * Burst, _tokens + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond));
        _at = now;
        return --_tokens >= 0
            ? ValueTask.CompletedTask
            : new ValueTask(Task.Delay(TimeSpan.FromSeconds(-_tokens / perSecond), time, cancellationToken));
    }
}
