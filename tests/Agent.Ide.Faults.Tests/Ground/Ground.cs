using System.Collections.Concurrent;
using Agent.Ide.Faults.Host;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Endpoint;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Models;
using Agent.Ide.Testing.Programs;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Faults.Tests;

/// <summary>
/// A repository in which one coordinator after the other lives and dies, the model that all of them speak with, and what a
/// client was told meanwhile. Its runtime folder and its temporary folder are its own, so that what is left in them can be seen.
/// </summary>
internal sealed class Ground : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Task, int Step), TaskStep> _acknowledged = new();
    private readonly Dictionary<string, string> _environment;
    private readonly SemaphoreSlim _beginning = new(1, 1);
    private Life? _life;

    private Ground(TempRepository repository, ScriptedModelServer model, string runtimeFolder, (string Name, string Value)[] settings)
    {
        Repository = repository;
        Model = model;
        RuntimeFolder = runtimeFolder;
        TemporaryFolder = Path.Combine(repository.Folder, "tmp");
        Directory.CreateDirectory(TemporaryFolder);
        _environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? string.Empty,
            ["HOME"] = repository.Home,
            ["XDG_RUNTIME_DIR"] = runtimeFolder,
            ["TMPDIR"] = TemporaryFolder,
            // The runtime's own sockets for debuggers, which a killed process cannot remove, are not what is looked for.
            ["DOTNET_EnableDiagnostics"] = "0",
            ["AGENT_IDE_INFERENCE__PROVIDER"] = "openai",
            ["AGENT_IDE_INFERENCE__BASE_URL"] = model.BaseUrl.ToString(),
        };
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root)
        {
            _environment["DOTNET_ROOT"] = root;
        }

        foreach (var (name, value) in settings)
        {
            _environment[name] = value;
        }
    }

    /// <summary>Longer than anything takes on a busy machine; passing it is a failure.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Where its own build leaves the host, precompiled; the copy beside these tests starts more slowly.</summary>
    private static string HostFile { get; } = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "../../../../Agent.Ide.Faults.Host/bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0/Agent.Ide.Faults.Host"));

    public TempRepository Repository { get; }

    public ScriptedModelServer Model { get; }

    public string RuntimeFolder { get; private set; }

    public string TemporaryFolder { get; }

    public string CommonDirectory => Path.Combine(Repository.Path, ".git");

    public string StateFolder => Path.Combine(CommonDirectory, "agent-ide");

    public CoordinatorLocation Location => CoordinatorLocation.For(CommonDirectory, RuntimeFolder);

    /// <summary>How many coordinators have lived here.</summary>
    public int Lives { get; private set; }

    /// <summary>Every step that a client was told of and that nobody has undone since.</summary>
    public IEnumerable<KeyValuePair<(string Task, int Step), TaskStep>> Acknowledged => _acknowledged;

    /// <summary>The environment of the next coordinator; change it between lives.</summary>
    public Dictionary<string, string> Variables => _environment;

    public static async Task<Ground> CreateAsync(string script, params (string Name, string Value)[] settings) =>
        Over(await TempRepository.CreateAsync(("a.txt", "one\ntwo\nthree\n"), ("b.txt", "b\n")), script, settings);

    public static Ground Over(TempRepository repository, string script, params (string Name, string Value)[] settings)
    {
        repository.Write("mine.txt", "the user's own, not committed\n");
        return new Ground(repository, ScriptedModelServer.Start(script), Directory.CreateTempSubdirectory("ai-").FullName, settings);
    }

    /// <summary>The coordinator that lives; begins one where none does.</summary>
    /// <param name="faultOfNew">Asked for one that begins now.</param>
    public async Task<Life> LiveAsync(Func<Coming>? faultOfNew = null)
    {
        await _beginning.WaitAsync();
        try
        {
            return await LiveAloneAsync(faultOfNew);
        }
        finally
        {
            _beginning.Release();
        }
    }

    private async Task<Life> LiveAloneAsync(Func<Coming>? faultOfNew)
    {
        if (_life is { } life)
        {
            if (!life.Ended.IsCompleted && life.IsAttached)
            {
                return life;
            }

            _life = null;
            await life.DisposeAsync();
        }

        Lives++;
        var (fault, afterReboot) = faultOfNew?.Invoke() ?? Coming.Peace;
        if (afterReboot)
        {
            await RebootAsync();
        }

        return _life = await Life.BeginAsync(
            new ProcessStart
            {
                FileName = HostFile,
                Arguments = fault is null ? [CommonDirectory, AgentIdeProgram.FileName] : [CommonDirectory, AgentIdeProgram.FileName, fault.ToString()],
                WorkingDirectory = Repository.Folder,
                Environment = _environment,
            },
            Location.SocketPath,
            Repository.Path,
            (task, step) => _acknowledged[(task, step.Number)] = step);
    }

    /// <summary>What a person undid need not be there any more.</summary>
    public void ForgetAfter(string task, int step)
    {
        foreach (var key in _acknowledged.Keys.Where(key => key.Task == task && key.Step > step))
        {
            _acknowledged.TryRemove(key, out _);
        }
    }

    /// <summary>Kills the coordinator and waits until all that it started is gone as well.</summary>
    public async Task KillAsync()
    {
        if (_life is { } life)
        {
            life.Kill();
            await life.Ended.WaitAsync(Patience);
        }

        await LeftBehind.NoProcessesAsync(this);
    }

    /// <summary>Every process is gone, and so is what lies in memory: the runtime folder and the temporary files.</summary>
    public async Task RebootAsync()
    {
        await KillAsync();
        Directory.Delete(RuntimeFolder, recursive: true);
        Directory.CreateDirectory(RuntimeFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(TemporaryFolder, recursive: true);
        Directory.CreateDirectory(TemporaryFolder);
    }

    /// <summary>Ends the coordinator in good order. One whose planned death comes in the middle of its end has a successor, which ends.</summary>
    public async Task StopAsync()
    {
        bool wasKilled;
        do
        {
            var life = await LiveAsync();
            wasKilled = await life.StopAsync();
            await life.DisposeAsync();
            _life = null;
        }
        while (wasKilled);
    }

    public async ValueTask DisposeAsync()
    {
        if (_life is not null)
        {
            await _life.DisposeAsync();
        }

        await Model.DisposeAsync();
        Directory.Delete(RuntimeFolder, recursive: true);
        await Repository.DisposeAsync();
    }
}
