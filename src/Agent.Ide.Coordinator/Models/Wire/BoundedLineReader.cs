using System.Buffers;

namespace Agent.Ide.Coordinator.Models.Wire;

/// <summary>
/// Lines of a byte stream, bounded in length. Reading is split in two, so that the caller can set a deadline for each wait.
/// </summary>
/// <param name="stream">Owned by the caller.</param>
/// <param name="maxLineBytes">Longest line that is kept.</param>
internal sealed class BoundedLineReader(Stream stream, int maxLineBytes) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int _start;
    private int _end;
    private int _scanned;

    /// <summary>Bytes read from the stream so far.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>A line is longer than the bound: nothing more can be read.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>The next line that is already there, without its line end; valid until the next call.</summary>
    public bool TryReadLine(out ReadOnlyMemory<byte> line)
    {
        var at = _buffer.AsSpan(_start + _scanned, _end - _start - _scanned).IndexOf((byte)'\n');
        if (at < 0)
        {
            _scanned = _end - _start;
            line = default;
            return false;
        }

        var length = _scanned + at;
        var text = _buffer.AsMemory(_start, length);
        line = length > 0 && text.Span[^1] == '\r' ? text[..^1] : text;
        _start += length + 1;
        _scanned = 0;
        return true;
    }

    /// <summary>What is there and has no line end, at the end of the stream.</summary>
    public ReadOnlyMemory<byte> TakeRest()
    {
        var rest = _buffer.AsMemory(_start, _end - _start);
        _start = _end;
        _scanned = 0;
        return rest;
    }

    /// <summary>The first byte that is no white space, without taking it; null: none is there yet.</summary>
    public byte? PeekFirst()
    {
        var at = _buffer.AsSpan(_start, _end - _start).IndexOfAnyExcept(" \r\n\t"u8);
        return at < 0 ? null : _buffer[_start + at];
    }

    /// <returns>False at the end of the stream, or after an overflow.</returns>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= maxLineBytes)
            {
                Overflowed = true;
                return false;
            }

            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        TotalBytes += read;
        return read > 0;
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
