using System.Buffers;
using System.Globalization;
using System.Text;

namespace Agent.Ide.Testing.Models;

/// <summary>
/// Collects events of a stream as HTTP chunks and hands them to the connection in few writes: what is sent at once costs one call.
/// </summary>
internal sealed class ServerSentEventWriter(HttpConnection connection, bool crlf)
{
    private const int FlushBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(4096);

    public void Write(ReadOnlySpan<byte> raw) => _buffer.Write(raw);

    public void WriteEvent(ReadOnlySpan<byte> content) => WriteChunk("data: "u8, content, crlf ? "\r\n\r\n"u8 : "\n\n"u8);

    public void WriteComment(ReadOnlySpan<byte> comment) => WriteChunk(": "u8, comment, crlf ? "\r\n\r\n"u8 : "\n\n"u8);

    public void WriteEnd() => Write("0\r\n\r\n"u8);

    public Task FlushWhenLargeAsync(CancellationToken cancellationToken) =>
        _buffer.WrittenCount >= FlushBytes ? FlushAsync(cancellationToken) : Task.CompletedTask;

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await connection.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        _buffer.ResetWrittenCount();
    }

    private void WriteChunk(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> content, ReadOnlySpan<byte> suffix)
    {
        var length = prefix.Length + content.Length + suffix.Length;
        Write(Encoding.ASCII.GetBytes(length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
        Write(prefix);
        Write(content);
        Write(suffix);
        Write("\r\n"u8);
    }
}
