using System.Buffers;
using System.Buffers.Text;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// An outgoing message in one pooled array: room for the header is kept in front of the body, so that both leave in one write.
/// </summary>
internal sealed class MessageBuffer : IBufferWriter<byte>, IDisposable
{
    private const int HeaderRoom = 32;

    private readonly int _maxBodyBytes;
    private byte[] _array = ArrayPool<byte>.Shared.Rent(1024);
    private int _end = HeaderRoom;
    private int _start = HeaderRoom;

    public MessageBuffer(int maxBodyBytes) => _maxBodyBytes = maxBodyBytes;

    /// <summary>Header and body, after <see cref="Seal"/>.</summary>
    public ReadOnlyMemory<byte> Frame => _array.AsMemory(_start, _end - _start);

    public int Length => _end - _start;

    /// <exception cref="RpcMessageTooLargeException">The body became longer than a message may be.</exception>
    public void Advance(int count)
    {
        _end += count;
        if (_end - HeaderRoom > _maxBodyBytes)
        {
            throw new RpcMessageTooLargeException($"The message is longer than the {_maxBodyBytes} bytes allowed; it was not sent.");
        }
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _array.AsMemory(_end);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _array.AsSpan(_end);
    }

    /// <summary>Puts the header in front of the finished body.</summary>
    public void Seal()
    {
        Span<byte> header = stackalloc byte[HeaderRoom];
        "Content-Length: "u8.CopyTo(header);
        var length = "Content-Length: "u8.Length;
        Utf8Formatter.TryFormat(_end - HeaderRoom, header[length..], out var digits);
        length += digits;
        "\r\n\r\n"u8.CopyTo(header[length..]);
        length += 4;
        _start = HeaderRoom - length;
        header[..length].CopyTo(_array.AsSpan(_start));
    }

    public void Dispose()
    {
        var array = Interlocked.Exchange(ref _array, []);
        _start = _end = 0;
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private void EnsureRoom(int sizeHint)
    {
        var needed = (long)_end + Math.Max(sizeHint, 1);
        if (needed <= _array.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(needed, 2L * _array.Length), Array.MaxLength));
        _array.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }
}
