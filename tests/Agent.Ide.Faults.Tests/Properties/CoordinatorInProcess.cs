using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Scripting;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Repositories;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.Faults.Tests;

/// <summary>
/// A coordinator in this very process, which is quick to begin and to end. A crash is a moment after which none of its logs takes an
/// entry any more: whatever it still does, nobody will know of it.
/// </summary>
internal sealed class CoordinatorInProcess : IAsyncDisposable
{
    private static readonly string Script = new Script()
        .On("writes", [Faults.Tests.Script.RunOnce("w1")], [Faults.Tests.Script.RunOnce("w2")], [Faults.Tests.Script.Finish("Written.")], [Faults.Tests.Script.RunOnce("w3")], [Faults.Tests.Script.Finish("More.")])
        .On("asks", [Faults.Tests.Script.RunOnce("a1")], [Faults.Tests.Script.Ask("Which one?")], [Faults.Tests.Script.RunOnce("a2")], [Faults.Tests.Script.Finish("Asked.")])
        .On("talks", [Faults.Tests.Script.Finish("Nothing to do.")], [Faults.Tests.Script.Finish("Still nothing.")])
        .ToString();

    private readonly TempRepository _repository;
    private CoordinatorHost? _host;
    private CoordinatorServices? _services;
    private CrashPoint _crash = new();

    private CoordinatorInProcess(TempRepository repository) => _repository = repository;

    public static IReadOnlyList<string> Prompts { get; } = ["writes", "asks", "talks"];

    public TempRepository Repository => _repository;

    private bool HasCrashed => _crash.IsReached;

    private CoordinatorServices Services => _services ?? throw new InvalidOperationException("No coordinator runs.");

    private StateFolder Folder => new(Path.Combine(_repository.Path, ".git"));

    public static async Task<CoordinatorInProcess> CreateAsync() => new(await TempRepository.CreateAsync(("a.txt", "a\n")));

    /// <summary>Begins a coordinator where none runs, or where the last one has crashed.</summary>
    public async Task EnsureAsync()
    {
        if (_host is not null && !HasCrashed)
        {
            return;
        }

        await StopAsync();
        _crash = new CrashPoint();
        var crash = _crash;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? string.Empty,
            ["HOME"] = _repository.Home,
            ["AGENT_IDE_INFERENCE__PROVIDER"] = "scripted",
        };
        _host = new CoordinatorHost(
            new CoordinatorOptions
            {
                CommonDirectory = Path.Combine(_repository.Path, ".git"),
                Version = "properties",
                // No script here uses a file tool, and a worker that only waits is there at once.
                WorkerCommand = ["/bin/sh", "-c", "cat > /dev/null", "worker"],
                Environment = environment,
                DefaultScript = () => ModelScript.Parse(Script, "script"),
                OpenTaskLog = path => new CrashingLogFile(new TaskLogFile(path), crash),
            },
            Folder,
            TimeProvider.System,
            NullLogger.Instance);
        _services = await _host.StartAsync(CancellationToken.None);
    }

    public async Task<string> CreateTaskAsync(string prompt)
    {
        var checkout = await Services.Repository.FindCheckoutAsync(_repository.Path, CancellationToken.None);
        var client = new ClientContext(checkout, Services.EnvironmentOf(null));
        return (await Services.Creation.CreateAsync(client, new CreateTaskParams { Prompt = prompt }, CancellationToken.None)).Id;
    }

    public async Task OnTaskAsync(string id, Func<TaskActor, Task> request)
    {
        using var lease = await Services.Tasks.LeaseAsync(id, CancellationToken.None);
        await request(lease.Actor);
    }

    public AgentTask View(string id) => Services.Tasks.View(id);

    /// <summary>The task as its log says, whoever has it open.</summary>
    public TaskSnapshot Snapshot(string id) => TaskSnapshot.Fold(ReadLog(id));

    public IReadOnlyList<TaskEvent> ReadLog(string id)
    {
        using var file = new TaskLogFile(Folder.TaskLog(id));
        return file.ReadAfter(0);
    }

    /// <summary>From so many entries on, nothing that this coordinator does is stored.</summary>
    public async Task CrashAsync(int afterEntries)
    {
        _crash.Set(afterEntries);
        await Task.Yield();
        _crash.Set(0);
    }

    public async Task StopAsync()
    {
        if (_host is { } host)
        {
            _host = null;
            _services = null;
            await host.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _repository.DisposeAsync();
    }

    /// <summary>When a coordinator's logs stop taking entries.</summary>
    internal sealed class CrashPoint
    {
        private int _left = int.MaxValue;

        public bool IsReached => Volatile.Read(ref _left) <= 0;

        public void Set(int entries) => Volatile.Write(ref _left, entries);

        public bool Pass() => Interlocked.Decrement(ref _left) >= 0;
    }

    private sealed class CrashingLogFile(ITaskLogFile file, CrashPoint crash) : ITaskLogFile
    {
        // https://www.sqlite.org/rescode.html
        private const int SqliteInputOutput = 10;

        public void Append(long sequence, IReadOnlyList<TaskEvent> entries)
        {
            if (!crash.Pass())
            {
                throw new SqliteException("The coordinator has crashed.", SqliteInputOutput);
            }

            file.Append(sequence, entries);
        }

        public IReadOnlyList<TaskEvent> ReadAfter(long sequence) => file.ReadAfter(sequence);

        public void Dispose() => file.Dispose();
    }
}
