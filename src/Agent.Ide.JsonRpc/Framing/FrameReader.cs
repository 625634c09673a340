using System.Buffers;
using System.IO.Pipelines;

namespace Agent.Ide.JsonRpc;

/// <summary>Cuts a byte stream into message bodies.</summary>
/// <param name="input">Read to its end.</param>
/// <param name="maxBodyBytes">Asked at each message.</param>
/// <param name="messageTimeout">From the first byte of a message to its last; null: unbounded.</param>
/// <param name="time">Measures it.</param>
internal sealed class FrameReader(Stream input, Func<int> maxBodyBytes, TimeSpan? messageTimeout, TimeProvider time)
{
    private const int ReadBytes = 16 * 1024;

    private readonly PipeReader _reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: ReadBytes, leaveOpen: true));
    private readonly byte[] _splitHeader = new byte[FrameHeader.MaxBytes];

    /// <summary>The next body, owned by the caller; null at an end between two messages.</summary>
    /// <exception cref="RpcFramingException">What came is no message, or it ends in the middle of one.</exception>
    public async ValueTask<PooledBytes?> ReadAsync(CancellationToken cancellationToken)
    {
        // Made only where a message does not come in one piece.
        Deadline? deadline = null;
        try
        {
            return await ReadAsync(() => deadline ??= new Deadline(messageTimeout, time, cancellationToken), cancellationToken);
        }
        catch (OperationCanceledException) when (deadline is { HasPassed: true } && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcFramingException($"A message did not arrive whole within {messageTimeout!.Value.TotalSeconds:0.#} s.");
        }
        finally
        {
            deadline?.Dispose();
        }
    }

    private async ValueTask<PooledBytes?> ReadAsync(Func<Deadline> deadline, CancellationToken cancellationToken)
    {
        int bodyBytes;
        var begun = false;
        while (true)
        {
            var read = await ReadMoreAsync(begun ? deadline().Token : cancellationToken);
            if (TryTakeHeader(read.Buffer, out bodyBytes))
            {
                break;
            }

            begun = !read.Buffer.IsEmpty;

            if (read.IsCompleted)
            {
                return read.Buffer.IsEmpty ? null : throw new RpcFramingException("The stream ended in the middle of a message header.");
            }
        }

        var body = new PooledBytes(Math.Min(bodyBytes, ReadBytes));
        while (body.Length < bodyBytes)
        {
            var read = await ReadMoreAsync(deadline().Token);
            if (read.Buffer.IsEmpty && read.IsCompleted)
            {
                throw new RpcFramingException($"The stream ended after {body.Length} of a message's {bodyBytes} bytes.");
            }

            var part = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, bodyBytes - body.Length));
            body.Append(part);
            _reader.AdvanceTo(part.End);
        }

        return body;
    }

    /// <summary>Gives the buffers back. Not to be called while a cancelled read may still be writing to them.</summary>
    public void Complete() => _reader.Complete();

    private bool TryTakeHeader(in ReadOnlySequence<byte> buffer, out int bodyBytes)
    {
        var start = buffer.Slice(0, Math.Min(buffer.Length, FrameHeader.MaxBytes));
        ReadOnlySpan<byte> bytes;
        if (start.IsSingleSegment)
        {
            bytes = start.FirstSpan;
        }
        else
        {
            start.CopyTo(_splitHeader);
            bytes = _splitHeader.AsSpan(0, (int)start.Length);
        }

        bodyBytes = 0;
        if (bytes.IsEmpty || !FrameHeader.TryParse(bytes, maxBodyBytes(), out var headerBytes, out bodyBytes))
        {
            _reader.AdvanceTo(buffer.Start, buffer.End);
            return false;
        }

        _reader.AdvanceTo(buffer.GetPosition(headerBytes));
        return true;
    }

    /// <summary>
    /// Leaves at once when cancelled, even where the stream's own read cannot be cancelled (a console, a pipe): ending a
    /// connection must not wait for a peer that stalls in the middle of a message.
    /// </summary>
    private ValueTask<ReadResult> ReadMoreAsync(CancellationToken cancellationToken)
    {
        var read = _reader.ReadAsync(cancellationToken);
        return read.IsCompleted ? read : new ValueTask<ReadResult>(read.AsTask().WaitAsync(cancellationToken));
    }

    /// <summary>Bounds a message that has begun.</summary>
    private sealed class Deadline : IDisposable
    {
        private readonly CancellationTokenSource? _timer;
        private readonly CancellationTokenSource? _linked;

        public Deadline(TimeSpan? timeout, TimeProvider time, CancellationToken cancellationToken)
        {
            Token = cancellationToken;
            if (timeout is { } bound)
            {
                _timer = new CancellationTokenSource(bound, time);
                _linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timer.Token);
                Token = _linked.Token;
            }
        }

        public CancellationToken Token { get; }

        public bool HasPassed => _timer is { IsCancellationRequested: true };

        public void Dispose()
        {
            _linked?.Dispose();
            _timer?.Dispose();
        }
    }
}
