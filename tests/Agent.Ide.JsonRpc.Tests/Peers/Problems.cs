using System.Threading.Channels;

namespace Agent.Ide.JsonRpc.Tests;

/// <summary>What a connection reported.</summary>
internal sealed class Problems
{
    private readonly Channel<(string Message, Exception? Exception)> _reports = Channel.CreateUnbounded<(string, Exception?)>();

    public void Add(string message, Exception? exception) => _reports.Writer.TryWrite((message, exception));

    public async Task<(string Message, Exception? Exception)> NextAsync() => await _reports.Reader.ReadAsync().Soon();

    public bool IsEmpty => !_reports.Reader.TryPeek(out _);
}
