using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Agent.Ide.Testing.Models;

internal sealed record HttpRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body, long ArrivedAt);

/// <summary>
/// The part of HTTP/1.1 that clients of model servers use, over one socket: persistent connections, bodies with a length or in
/// chunks. It is not a general server: what it does not understand ends the connection.
/// </summary>
internal sealed class HttpConnection(Socket socket) : IDisposable
{
    private const int MaxHeaderBytes = 64 * 1024;

    private byte[] _buffer = new byte[32 * 1024];
    private int _start;
    private int _end;
    private long _arrivedAt;

    /// <returns>Null when the client closed the connection.</returns>
    public async Task<HttpRequest?> ReadRequestAsync(CancellationToken cancellationToken)
    {
        _arrivedAt = _end > _start ? Stopwatch.GetTimestamp() : 0;
        int headerEnd;
        while ((headerEnd = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (_end - _start > MaxHeaderBytes || !await FillAsync(cancellationToken))
            {
                return null;
            }
        }

        var lines = Encoding.ASCII.GetString(_buffer, _start, headerEnd).Split("\r\n");
        _start += headerEnd + 4;
        var requestLine = lines[0].Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                headers[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        if (headers.GetValueOrDefault("Expect")?.StartsWith("100-", StringComparison.Ordinal) == true)
        {
            await WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken);
        }

        var body = headers.GetValueOrDefault("Transfer-Encoding") == "chunked"
            ? await ReadChunksAsync(cancellationToken)
            : await ReadExactlyAsync(int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture), cancellationToken);
        return requestLine.Length < 3 || body is null ? null : new HttpRequest(requestLine[0], requestLine[1], headers, body, _arrivedAt);
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
        }
    }

    /// <summary>Waits until the client closes the connection, without taking what it sends.</summary>
    public async Task WaitUntilClientGoneAsync(CancellationToken cancellationToken)
    {
        var peeked = new byte[1];
        try
        {
            if (_end == _start && await socket.ReceiveAsync(peeked, SocketFlags.Peek, cancellationToken) > 0)
            {
                // A client that already sends its next request is there; its going shows when the answer is written.
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
        }
        catch (SocketException)
        {
            // A reset is a client gone, too.
        }
    }

    /// <summary>Ends the connection as a crashed server does: the client gets a reset, not an end.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Dispose() => socket.Dispose();

    private async Task<byte[]?> ReadExactlyAsync(int length, CancellationToken cancellationToken)
    {
        var body = new byte[length];
        for (var read = 0; read < length;)
        {
            if (_end == _start && !await FillAsync(cancellationToken))
            {
                return null;
            }

            var count = Math.Min(length - read, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(body.AsSpan(read));
            _start += count;
            read += count;
        }

        return body;
    }

    private async Task<byte[]?> ReadChunksAsync(CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        while (true)
        {
            int lineEnd;
            while ((lineEnd = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
            {
                if (!await FillAsync(cancellationToken))
                {
                    return null;
                }
            }

            var size = int.Parse(
                Encoding.ASCII.GetString(_buffer, _start, lineEnd).Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            _start += lineEnd + 2;
            if (await ReadExactlyAsync(size + 2, cancellationToken) is not { } chunk)
            {
                return null;
            }

            if (size == 0)
            {
                return body.ToArray();
            }

            body.Write(chunk, 0, size);
        }
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var received = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
        if (_arrivedAt == 0)
        {
            _arrivedAt = Stopwatch.GetTimestamp();
        }

        _end += received;
        return received > 0;
    }
}
