using System.Text.Json;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Hosting;
using Agent.Ide.Git;
using Agent.Ide.Testing.Coordinators;

namespace Agent.Ide.Cli.Tests.Hosting;

/// <summary>The command line in this process, in front of a fake coordinator; everything it writes is kept.</summary>
internal sealed class CliRun : IInterrupts, ICoordinatorAccess, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly ObservedWriter _out = new();
    private readonly StringWriter _error = new();

    public FakeCoordinator Coordinator { get; } = new();

    public bool IsCoordinatorRunning { get; set; } = true;

    /// <summary>Whether both ends of the terminal are there.</summary>
    public bool IsTerminal { get; init; }

    public bool Colour { get; init; }

    public TypedLines Typed { get; } = new();

    /// <summary>Standard output on a disk that is full.</summary>
    public bool CannotWrite { get; init; }

    public GitException? RepositoryProblem { get; set; }

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public string Out => _out.ToString();

    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    public IReadOnlyList<string> OutLines => Out.TrimEnd('\n').Split('\n');

    CancellationToken IInterrupts.First => _first.Token;

    CancellationToken IInterrupts.Second => _second.Token;

    /// <summary>Runs a command line to its end; fails when it takes too long.</summary>
    public async Task<int> RunAsync(params string[] arguments) => await Start(arguments).WaitAsync(Patience);

    public Task<int> Start(params string[] arguments) => Task.Run(() => VerbRunner.RunAsync(arguments, Host()));

    public void Interrupt() => _first.Cancel();

    public void InterruptAgain() => _second.Cancel();

    /// <summary>Waits until standard output holds a text.</summary>
    public Task SeeAsync(string text) => _out.WaitForAsync(text).WaitAsync(Patience);

    /// <summary>Standard output as one JSON document; fails where it is anything else.</summary>
    public JsonElement Json() => JsonDocument.Parse(Out).RootElement;

    /// <summary>Standard output as one JSON object per line.</summary>
    public List<JsonElement> JsonLines() => [.. OutLines.Select(line => JsonDocument.Parse(line).RootElement)];

    public Task<RepositoryLocation> LocateAsync(string directory, CancellationToken cancellationToken) =>
        RepositoryProblem is { } problem ? throw problem : Task.FromResult(new RepositoryLocation(directory, Path.Combine(directory, ".git")));

    public Task<Stream> OpenAsync(RepositoryLocation repository, IReadOnlyDictionary<string, string> variables, CancellationToken cancellationToken) =>
        Task.FromResult(Coordinator.Connect());

    public Task<Stream?> TryOpenAsync(RepositoryLocation repository, CancellationToken cancellationToken) =>
        Task.FromResult(IsCoordinatorRunning ? Coordinator.Connect() : null);

    /// <summary>None: the coordinator of these tests lives in their own process.</summary>
    public int? ProcessIdOf(RepositoryLocation repository) => null;

    public async ValueTask DisposeAsync()
    {
        await Coordinator.DisposeAsync();
        _first.Dispose();
        _second.Dispose();
        await _out.DisposeAsync();
        await _error.DisposeAsync();
        Typed.Dispose();
    }

    private CliHost Host() => new()
    {
        Out = CannotWrite ? new StreamWriter("/dev/full") : TextWriter.Synchronized(_out),
        Error = TextWriter.Synchronized(_error),
        In = Typed,
        OutIsTerminal = IsTerminal,
        InIsTerminal = IsTerminal,
        Colour = Colour,
        WorkingDirectory = "/repo",
        Environment = Environment,
        Coordinators = this,
        Interrupts = this,
        Clock = TimeProvider.System,
    };
}
