namespace Agent.Ide.JsonRpc;

/// <summary>Writes queued messages, one write and one flush each, so that a peer never waits for the rest of one.</summary>
internal sealed class FrameWriter(Stream output, BoundedQueue<MessageBuffer> queue)
{
    /// <summary>Ends when the queue is closed and empty.</summary>
    /// <exception cref="IOException">The peer does not read any more.</exception>
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
    private static ValueTask LeaveWhenCancelledAsync(ValueTask write, CancellationToken cancellationToken) =>
        write.IsCompleted ? write : new ValueTask(write.AsTask().WaitAsync(cancellationToken));
}
