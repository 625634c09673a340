using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace Agent.Ide.JsonRpc.Tests;

/// <summary>
/// A connection under test and, at the other end of its streams, bytes: nothing of the product frames or reads them.
/// </summary>
internal sealed class RawPeer : IAsyncDisposable
{
    private readonly Pipe _toConnection = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly Pipe _fromConnection = new(new PipeOptions(pauseWriterThreshold: 4096, resumeWriterThreshold: 2048));

    public RawPeer(RpcRouter? router = null, RpcConnectionOptions? options = null)
    {
        Connection = new RpcConnection(
            _toConnection.Reader.AsStream(),
            _fromConnection.Writer.AsStream(),
            router ?? new RpcRouter(),
            (options ?? new RpcConnectionOptions()) with { OnProblem = Problems.Add });
        Connection.Start();
        Reading = _fromConnection.Reader.AsStream();
    }

    public RpcConnection Connection { get; }

    public Problems Problems { get; } = new();

    private Stream Reading { get; }

    public static byte[] Frame(string body) => Frame(Encoding.UTF8.GetBytes(body));

    public static byte[] Frame(byte[] body) => [.. Encoding.ASCII.GetBytes($"Content-Length: {body.Length}\r\n\r\n"), .. body];

    public Task SendAsync(string body) => SendBytesAsync(Frame(body));

    public async Task SendBytesAsync(byte[] bytes) => await _toConnection.Writer.WriteAsync(bytes).Soon();

    public Task SendTextAsync(string text) => SendBytesAsync(Encoding.UTF8.GetBytes(text));

    public void EndInput() => _toConnection.Writer.Complete();

    public async Task<JsonElement> ReceiveAsync()
    {
        var body = await ReceiveTextAsync();
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    public async Task<string> ReceiveTextAsync()
    {
        var header = new StringBuilder();
        var one = new byte[1];
        while (!header.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await Reading.ReadExactlyAsync(one).AsTask().Soon();
            header.Append((char)one[0]);
        }

        var length = int.Parse(header.ToString()["Content-Length: ".Length..].Trim(), CultureInfo.InvariantCulture);
        var body = new byte[length];
        await Reading.ReadExactlyAsync(body).AsTask().Soon();
        return Encoding.UTF8.GetString(body);
    }

    /// <summary>What comes before the end of the stream.</summary>
    public async Task<string> ReceiveRestAsync()
    {
        using var reader = new StreamReader(Reading);
        return await reader.ReadToEndAsync().Soon();
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
