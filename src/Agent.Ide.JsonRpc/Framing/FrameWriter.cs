namespace Agent.Ide.JsonRpc;

/// <summary>Writes queued messages, one write and one flush each, so that a peer never waits for the rest of one.</summary>
/// <param name="output">Where to.</param>
/// <param name="queue">What is to be written.</param>
/// <param name="timeout">How long the peer may leave one message unread; null: unbounded.</param>
/// <param name="time">Measures it.</param>
internal sealed class FrameWriter(Stream output, BoundedQueue<MessageBuffer> queue, TimeSpan? timeout, TimeProvider time)
{
    /// <summary>Ends when the queue is closed and empty.</summary>
    /// <exception cref="IOException">The peer does not read any more.</exception>
    /// <exception cref="TimeoutException">The peer did not read a message in time.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await queue.TakeAsync(cancellationToken) is { } message)
        {
            var bytes = message.Length;
            await LeaveWhenCancelledAsync(output.WriteAsync(message.Frame, cancellationToken), cancellationToken);
            await LeaveWhenCancelledAsync(new ValueTask(output.FlushAsync(cancellationToken)), cancellationToken);

            // Only here, not in a finally: a write left behind may still be reading the array.
            message.Dispose();
            queue.Release(bytes);
        }
    }

    /// <summary>A pipe's write cannot be cancelled; an ending connection must not wait for a peer that does not read.</summary>
    private ValueTask LeaveWhenCancelledAsync(ValueTask write, CancellationToken cancellationToken) =>
        write.IsCompleted ? write : new ValueTask(write.AsTask().WaitAsync(timeout ?? Timeout.InfiniteTimeSpan, time, cancellationToken));
}
