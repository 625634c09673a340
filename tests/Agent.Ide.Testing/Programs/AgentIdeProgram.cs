using System.Text;
using System.Text.Json.Nodes;
using Agent.Ide.Processes;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Testing.Programs;

/// <summary>
/// The built executable, run as a user runs it, with a home folder, configuration and runtime folder of its own. Disposing
/// it stops the coordinator it started.
/// </summary>
public sealed class AgentIdeProgram : IAsyncDisposable
{
    private readonly string _runtimeFolder;

    /// <param name="repository">Where it is run.</param>
    /// <param name="settings">Further environment variables.</param>
    public AgentIdeProgram(TempRepository repository, params (string Name, string Value)[] settings)
    {
        Repository = repository;
        // A socket's path has at most 107 bytes, so the runtime folder lies as high as it can.
        _runtimeFolder = Directory.CreateTempSubdirectory("ai-").FullName;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { "PATH", "LANG", "TZ", "DOTNET_ROOT" })
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                environment[name] = value;
            }
        }

        environment["HOME"] = repository.Home;
        environment["XDG_RUNTIME_DIR"] = _runtimeFolder;
        environment["NO_COLOR"] = "1";
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        Variables = environment;
    }

    public TempRepository Repository { get; }

    /// <summary>The whole environment of each run; change it between runs.</summary>
    public Dictionary<string, string> Variables { get; }

    /// <summary>What every run, and the coordinator that one starts, is started within; as it is where nothing is set.</summary>
    public Func<ProcessStart, ProcessStart> Within { get; init; } = static start => start;

    /// <summary>Where a Release or Debug build of the solution leaves the executable.</summary>
    public static string FileName { get; } = Locate();

    /// <summary>Runs a verb to its end.</summary>
    public Task<ProgramRun> RunAsync(params string[] arguments) => RunInAsync(Repository.Path, arguments);

    public async Task<ProgramRun> RunInAsync(string folder, params string[] arguments)
    {
        await using var running = StartIn(folder, arguments);
        return await running.EndAsync();
    }

    /// <summary>Runs a verb that must succeed, and reads its last line of standard output as JSON.</summary>
    public async Task<JsonNode> JsonAsync(params string[] arguments)
    {
        var run = await RunAsync([.. arguments, "--json"]);
        if (run.ExitCode != 0)
        {
            throw new InvalidOperationException($"agent-ide {string.Join(' ', arguments)} ended with {run.ExitCode}: {run.Output}\n{run.Error}");
        }

        return run.LastJson();
    }

    public RunningProgram Start(params string[] arguments) => StartIn(Repository.Path, arguments);

    public RunningProgram StartIn(string folder, params string[] arguments) => new(
        ChildProcess.Start(Within(new ProcessStart
        {
            FileName = FileName,
            Arguments = arguments,
            WorkingDirectory = folder,
            Environment = Variables,
        })));

    /// <summary>Process id of the coordinator that serves the repository now; null when none does.</summary>
    public int? CoordinatorPid()
    {
        var file = Path.Combine(Repository.Path, ".git", "agent-ide", "coordinator.json");
        try
        {
            return JsonNode.Parse(File.ReadAllText(file))?["pid"]?.GetValue<int>();
        }
        catch (Exception e) when (e is IOException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(Path.Combine(Repository.Path, ".git", "agent-ide")))
        {
            await RunAsync("coordinator", "stop");
        }

        Directory.Delete(_runtimeFolder, recursive: true);
    }

    private static string Locate()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Agent.Ide.sln")))
            {
                var name = OperatingSystem.IsWindows() ? "agent-ide.exe" : "agent-ide";
                return Path.Combine(folder.FullName, "src", "Agent.Ide.Cli", "bin", configuration, "net10.0", name);
            }
        }

        throw new InvalidOperationException("The tests run from inside the repository: Agent.Ide.sln was not found above them.");
    }
}

/// <summary>A verb that runs. Its output is collected as it comes, so that a test can wait for a line.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly StringBuilder _output = new();
    private readonly Task _readingOutput;
    private readonly Task<string> _readingError;
    private readonly Lock _gate = new();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal RunningProgram(ChildProcess process)
    {
        _process = process;
        _readingOutput = ReadOutputAsync();
        _readingError = new StreamReader(process.StandardError, Encoding.UTF8).ReadToEndAsync();
    }

    /// <summary>Longer than anything takes on a busy machine; passing it is a failure.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(120);

    public int Id => _process.Id;

    public void Kill() => _process.KillTree();

    /// <summary>Waits until standard output holds a text.</summary>
    public async Task WaitForAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task grown;
            lock (_gate)
            {
                if (_output.ToString().Contains(text, StringComparison.Ordinal))
                {
                    return;
                }

                grown = _grown.Task;
            }

            if (_readingOutput.IsCompleted)
            {
                throw new InvalidOperationException($"It ended without writing '{text}'. It wrote: {_output}\n{await _readingError}");
            }

            await Task.WhenAny(grown, _readingOutput).WaitAsync(patience.Token);
        }
    }

    public async Task<ProgramRun> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.StandardInput.DisposeAsync();
        await _readingOutput.WaitAsync(patience.Token);
        var error = await _readingError.WaitAsync(patience.Token);
        var exitCode = await _process.WaitForExitAsync(patience.Token);
        lock (_gate)
        {
            return new ProgramRun(exitCode, _output.ToString(), error);
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task ReadOutputAsync()
    {
        var reader = new StreamReader(_process.StandardOutput, Encoding.UTF8);
        var buffer = new char[4096];
        int read;
        while ((read = await reader.ReadAsync(buffer)) > 0)
        {
            TaskCompletionSource grown;
            lock (_gate)
            {
                _output.Append(buffer, 0, read);
                grown = _grown;
                _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            grown.SetResult();
        }
    }
}

/// <summary>How a verb ended and what it wrote.</summary>
public sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    /// <summary>The last line of standard output as JSON.</summary>
    public JsonNode LastJson()
    {
        var line = Output.TrimEnd().Split('\n')[^1];
        try
        {
            return JsonNode.Parse(line)!;
        }
        catch (System.Text.Json.JsonException)
        {
            return JsonNode.Parse(Output)!;
        }
    }

    /// <summary>Fails with everything that was written, unless it ended with this code.</summary>
    public ProgramRun ShouldEndWith(int exitCode) => ExitCode == exitCode
        ? this
        : throw new InvalidOperationException($"It ended with {ExitCode} instead of {exitCode}.\n{Output}\n{Error}");
}
