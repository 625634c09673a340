using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Agent.Ide.Coordinator.Models;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Testing.Models;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Tests.Models;

/// <summary>A scripted server, a gateway, and what the gateway logs.</summary>
internal sealed class ModelHost : IAsyncDisposable
{
    public const string Key = "sk-secret-0123456789";

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(60));
    private readonly ListLogger _logger = new();

    public ModelHost(string script = """{"": [{"text": "fine"}]}""", ModelGatewayOptions? options = null, TimeProvider? time = null, string? key = null)
    {
        Server = ScriptedModelServer.Start(script);
        Gateway = new ModelGateway(
            options ?? new ModelGatewayOptions(), name => name == ModelGateway.KeyVariable ? key : null, time ?? Time, _logger);
    }

    public ScriptedModelServer Server { get; }

    public ModelGateway Gateway { get; }

    public SkippingTime Time { get; } = new();

    public CancellationToken Timeout => _timeout.Token;

    public IReadOnlyCollection<string> Log => _logger.Lines;

    public TaskSettings Settings => new() { Provider = "openai", BaseUrl = Server.BaseUrl.AbsoluteUri };

    public async Task<ChatResponse> AskAsync(string prompt = "hello", ChatOptions? options = null, CancellationToken? cancellationToken = null)
    {
        using var client = await Gateway.ForTaskAsync(Settings, "m1", Timeout);
        return await client.GetResponseAsync([new ChatMessage(ChatRole.User, prompt)], options, cancellationToken ?? Timeout);
    }

    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        await Server.DisposeAsync();
        _timeout.Dispose();
    }

    private sealed class ListLogger : ILogger<ModelGateway>
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));
    }
}

/// <summary>A port that is taken and refuses connections.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Number => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();
}
