using System.Text;

namespace Agent.Ide.JsonRpc.Tests;

/// <summary>What is no header-framed message ends the connection at once, with nothing allocated for it.</summary>
public sealed class HostileFramingTests
{
    [Theory]
    [InlineData("{\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n", "not a message header")]
    [InlineData("GET / HTTP/1.1\r\n", "not a message header")]
    [InlineData("\r\n", "no Content-Length")]
    [InlineData("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}", "no Content-Length")]
    [InlineData("Content-Length 5\r\n\r\n", "not a message header")]
    [InlineData("NoColonHere\r\n\r\n", "no colon")]
    [InlineData("Content-Length: 2\n\n{}", "CR LF")]
    [InlineData("Content-Length: -1\r\n\r\n{}", "not a number")]
    [InlineData("Content-Length: 0x10\r\n\r\n{}", "not a number")]
    [InlineData("Content-Length: 2 2\r\n\r\n{}", "not a number")]
    [InlineData("Content-Length:\r\n\r\n{}", "not a number")]
    [InlineData("Content-Length: two\r\n\r\n{}", "not a number")]
    [InlineData("Content-Length: 67108865\r\n\r\n", "more than the 67108864 bytes")]
    [InlineData("Content-Length: 99999999999999999999999999\r\n\r\n", "more than the 67108864 bytes")]
    [InlineData("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "repeated")]
    [InlineData("Content-Length: 2\r\nContent-Type: text; charset=utf-16\r\n\r\n{}", "utf-16")]
    public async Task Read_WhatIsNoMessage_EndsTheConnectionWithTheReason(string bytes, string reason)
    {
        await using var peer = new RawPeer();

        await peer.SendTextAsync(bytes);

        var failure = await Should.ThrowAsync<RpcFramingException>(peer.Connection.Completion.Soon());
        failure.Message.ShouldContain(reason);
    }

    [Fact]
    public async Task Read_WhatIsNoMessage_TellsThePeerAndFailsPendingCalls()
    {
        await using var peer = new RawPeer();
        var call = peer.Connection.InvokeAsync("x", RpcEmpty.Value, RpcEmpty.TypeInfo, RpcEmpty.TypeInfo, default);
        await peer.ReceiveTextAsync();

        await peer.SendTextAsync("hello?\r\n");

        var notice = await peer.ReceiveAsync();
        notice.GetProperty("id").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        notice.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(RpcErrorCodes.ParseError);
        var failure = await Should.ThrowAsync<ConnectionClosedException>(call.Soon());
        failure.InnerException.ShouldBeOfType<RpcFramingException>();
    }

    [Fact]
    public async Task Read_AHeaderThatNeverEnds_StopsAt8KiB()
    {
        await using var peer = new RawPeer();

        await peer.SendTextAsync("X-Padding: " + new string('a', 9000));

        var failure = await Should.ThrowAsync<RpcFramingException>(peer.Connection.Completion.Soon());
        failure.Message.ShouldContain("8192");
    }

    [Fact]
    public async Task Read_ManyHeaderLinesWithoutEnd_StopsAt8KiB()
    {
        await using var peer = new RawPeer();

        await peer.SendTextAsync(string.Concat(Enumerable.Repeat("X-Padding: a\r\n", 1000)));

        await Should.ThrowAsync<RpcFramingException>(peer.Connection.Completion.Soon());
    }

    [Theory]
    [InlineData("Content-Len")]
    [InlineData("Content-Length: 10\r\n\r\n{\"a\"")]
    public async Task Read_AnEndInTheMiddleOfAMessage_IsAnError(string bytes)
    {
        await using var peer = new RawPeer();

        await peer.SendTextAsync(bytes);
        peer.EndInput();

        var failure = await Should.ThrowAsync<RpcFramingException>(peer.Connection.Completion.Soon());
        failure.Message.ShouldContain("ended");
    }

    [Fact]
    public async Task Read_AnAnnouncedLengthWithoutBytes_TakesNoMemory()
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var peers = Enumerable.Range(0, 20).Select(_ => new RawPeer()).ToArray();
        foreach (var peer in peers)
        {
            await peer.SendTextAsync($"Content-Length: {64 * 1024 * 1024}\r\n\r\n{{");
            await peer.DisposeAsync().AsTask().Soon();
        }

        // Other tests allocate meanwhile; twenty times the announced length would be more than all of theirs.
        (GC.GetTotalAllocatedBytes(precise: true) - before).ShouldBeLessThan(20L * 64 * 1024 * 1024);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\n{\"jsonrpc\":")]
    [InlineData("Content-Le")]
    public async Task Dispose_WithAStalledHalfMessage_EndsAtOnce(string bytes)
    {
        var peer = new RawPeer();
        await peer.SendTextAsync(bytes);

        await peer.DisposeAsync().AsTask().Soon();

        await peer.Connection.Completion.Soon();
    }

    [Fact]
    public async Task Dispose_WithAStreamWhoseReadCannotBeCancelled_EndsAtOnce()
    {
        var input = new StuckStream();
        var connection = new RpcConnection(input, new MemoryStream(), new RpcRouter());
        connection.Start();
        await input.Reading.Soon();

        await connection.DisposeAsync().AsTask().Soon();
    }

    [Fact]
    public async Task Dispose_WithAPeerThatNeverReads_EndsAfterTheCloseTimeout()
    {
        var problems = new Problems();
        var options = new RpcConnectionOptions { CloseTimeout = TimeSpan.FromMilliseconds(50), OnProblem = problems.Add };
        var connection = new RpcConnection(new StuckStream(), new StuckStream(), new RpcRouter(), options);
        connection.Start();
        await connection.NotifyAsync("x", new Text(new string('a', 100_000)), TestJson.Default.Text, default);

        await connection.DisposeAsync().AsTask().Soon();

        (await problems.NextAsync()).Message.ShouldContain("did not read");
    }

    /// <summary>Like a console or a full pipe: reads and writes end never, whatever the token says.</summary>
    private sealed class StuckStream : MemoryStream
    {
        private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reading => _reading.Task;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _reading.TrySetResult();
            return new(new TaskCompletionSource<int>().Task);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(new TaskCompletionSource().Task);
    }
}
