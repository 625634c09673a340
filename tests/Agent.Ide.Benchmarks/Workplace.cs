using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Agent.Ide.Client;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Endpoint;
using Agent.Ide.Testing.Models;
using Agent.Ide.Testing.Programs;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Benchmarks;

/// <summary>A repository of a size, a scripted model server, and the executable joined to both.</summary>
internal sealed class Workplace : IAsyncDisposable
{
    private readonly TempRepository _repository;

    private Workplace(TempRepository repository, ScriptedModelServer model, AgentIdeProgram program)
    {
        _repository = repository;
        Model = model;
        Program = program;
    }

    public ScriptedModelServer Model { get; }

    public AgentIdeProgram Program { get; }

    public string Path => _repository.Path;

    public static async Task<Workplace> CreateAsync(int files, int delayMs = 0, Action<JsonObject>? extend = null, int places = 5)
    {
        var repository = await TempRepository.CreateAsync();
        Directory.Delete(repository.Path, recursive: true);
        await LargeRepository.CreateAsync(repository.Path, files, repository.Environment);
        var model = ScriptedModelServer.Start(BenchmarkScript.Json(files, delayMs, extend));
        var program = new AgentIdeProgram(
            repository,
            ("AGENT_IDE_INFERENCE__PROVIDER", "openai"),
            ("AGENT_IDE_INFERENCE__BASE_URL", model.BaseUrl.ToString()),
            ("AGENT_IDE_INFERENCE__ASYNC_POOL_SIZE", "8"),
            ("AGENT_IDE_WORKTREE__MAX_CONCURRENT", places.ToString(CultureInfo.InvariantCulture)));
        return new Workplace(repository, model, program);
    }

    /// <summary>A client that starts the coordinator whenever there is none.</summary>
    public AgentClient NewClient() => new(OpenAsync, new AgentClientOptions
    {
        Checkout = Path,
        Environment = ClientVariables.Select(Program.Variables),
        ReconnectDelays = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(20), 20)],
        Steady = TimeSpan.Zero,
    });

    public async Task RunTaskAsync() => (await Program.RunAsync("run", BenchmarkScript.Prompt)).ShouldEndWith(0);

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var location = CoordinatorLocation.For(System.IO.Path.Combine(Path, ".git"), Program.Variables["XDG_RUNTIME_DIR"]);
        for (var started = false; ; started = true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(location.SocketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (!started)
            {
                socket.Dispose();
                (await Program.RunAsync("tasks")).ShouldEndWith(0);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        await Model.DisposeAsync();
        await _repository.DisposeAsync();
    }
}
