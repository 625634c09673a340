using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Agent.Ide.Coordinator.Approvals;
using Agent.Ide.Coordinator.Conversations;
using Agent.Ide.Coordinator.Models;
using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Supervision;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Coordinator.Tests.Sandboxing;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Scripting;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Agent.Ide.Git;
using Agent.Ide.Testing.Repositories;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.Coordinator.Tests.Tasks;

/// <summary>One task in a real repository, with its real log, git, worker and actor; only the model is scripted.</summary>
internal sealed class LiveTask : IAsyncDisposable
{
    public const string Id = "a-task";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly GitStore _store;
    private readonly Worktrees _worktrees;
    private readonly TaskMerges _merges;
    private readonly ArtifactStore _artifacts;
    private readonly TaskModels _models;
    private readonly PlaceQueue _places = new(limit: 1, new AmpleMemory(), TimeProvider.System);
    private readonly StateFolder _folder;
    private readonly SemaphoreSlim _settled = new(0);
    private readonly Lock _gate = new();
    private readonly List<(Predicate<TaskSnapshot> Matches, TaskCompletionSource<TaskSnapshot> Seen)> _awaited = [];
    private TaskLog? _log;
    private TaskActor? _actor;

    private LiveTask(TempRepository repository, GitRepository opened, string script)
    {
        Repository = repository;
        _folder = new StateFolder(opened.CommonDirectory);
        _store = new GitStore(opened, new GitClock(TimeProvider.System, null));
        var checkpoints = new Checkpoints(_store);
        _worktrees = new Worktrees(checkpoints);
        _merges = new TaskMerges(_store, TimeProvider.System);
        Git = new TaskGit(_store, checkpoints, _worktrees, _merges, NullLogger.Instance);
        _artifacts = new ArtifactStore(_folder.Artifacts, TimeProvider.System, NullLogger.Instance);
        _models = new TaskModels(new Dictionary<string, string>(), () => ModelScript.Parse(script, "script"), TimeProvider.System, NullLogger.Instance);
    }

    public TempRepository Repository { get; }

    public TaskGit Git { get; }

    public TaskActor Actor => _actor ?? throw new InvalidOperationException("The task has no actor yet.");

    public TaskLog Log => _log ?? throw new InvalidOperationException("The task's log is closed.");

    public string AuditPath => _folder.Audit;

    /// <summary>What the next actor is told of tasks that start from this one.</summary>
    public Func<string, IReadOnlyList<string>> FindDependents { get; set; } = static _ => [];

    public ArtifactStore Artifacts => _artifacts;

    public GitNotes Notes => new(_store);

    /// <summary>What writes the task's notes, as a new coordinator has it: it remembers nothing.</summary>
    public ConversationRecorder NewRecorder() => new(Log, Notes, _artifacts, NullLogger.Instance);

    /// <summary>The lines of a commit's note, as git shows them; empty where it has none.</summary>
    public async Task<JsonObject[]> NoteAsync(string commit)
    {
        var shown = await Repository.GitAsync("log", "-1", $"--notes=agent-ide/{Id}", "--format=%N", commit);
        return [.. shown.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    public int PlacesTaken => _places.Taken;

    /// <summary>Waits until the agent has put everything away.</summary>
    public async Task UndrivenAsync()
    {
        while (Actor.IsDriven)
        {
            (await _settled.WaitAsync(s_limit)).ShouldBeTrue("The task is still driven.");
        }
    }

    public static async Task<LiveTask> CreateAsync(
        string script = "{}", bool acceptWhenReady = false, TaskSettings? settings = null, params (string Path, string Content)[] files)
    {
        var repository = await TempRepository.CreateAsync([("notes.txt", "one\n"), .. files]);
        var opened = await GitRepository.OpenAsync(await GitProgram.LocateAsync(), repository.Path);
        var task = new LiveTask(repository, opened, script);
        task._log = TaskLog.Create(
            new TaskLogFile(task._folder.TaskLog(Id)),
            Logs.Created(Id) with
            {
                Checkout = repository.Path,
                BaseCommit = await repository.HashAsync("HEAD"),
                Worktree = repository.FullPath($".worktrees/{Id}"),
                AcceptWhenReady = acceptWhenReady,
                Model = ScriptedChatClient.ModelName,
                Settings = (settings ?? new TaskSettings()) with { Provider = ModelProviders.Scripted },
            },
            TimeProvider.System,
            task.OnStored);
        return task;
    }

    /// <summary>Makes the worktree as the agent's run does, and leaves the task running with nobody who runs it.</summary>
    public async Task PrepareAsync()
    {
        Log.Append(new TaskStateChanged { To = TaskState.Preparing });
        Log.Append(await Git.PrepareAsync(Log.Snapshot, CancellationToken.None));
        Log.Append(new TaskStateChanged { To = TaskState.Running });
    }

    /// <summary>A step that writes <c>notes.txt</c>, as the loop stores it.</summary>
    public Task StepAsync(string content) => StepAsync(("notes.txt", content));

    /// <summary>A step that changes files, as the loop stores it; without content it deletes one.</summary>
    public async Task StepAsync(params (string Path, string? Content)[] files)
    {
        var worktree = await Git.FindAsync(Log.Snapshot, CancellationToken.None);
        var number = Log.Snapshot.LastStep + 1;
        Log.Append(new ModelAnswered { Model = "m", Usage = new TokenUsage(1, 0, 1, true), Calls = [new RequestedCall($"c{number}", BuiltInTools.WriteFile, "{}")] });
        Log.Append(new StepStarted { Step = number, CallId = $"c{number}", Tool = BuiltInTools.WriteFile, Version = 1, Arguments = "{}" });
        foreach (var (path, content) in files)
        {
            var full = Path.Combine(worktree.Root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            if (content is null)
            {
                File.Delete(full);
            }
            else
            {
                await File.WriteAllTextAsync(full, content);
            }
        }

        var stored = await Git.CheckpointsOf(Log.Snapshot, worktree).CommitAsync(
            new Core.Loop.CheckpointRequest(number, [.. files.Select(file => file.Path)], "write_file", "write_file@1", "m"), CancellationToken.None);
        Log.Append(new StepFinished { Step = number, CallId = $"c{number}", Content = "ok", Summary = "ok", Commit = stored!.Commit, Files = stored.Files });
    }

    /// <summary>Lets an actor take the task over from what the log says, as a new coordinator does.</summary>
    public async Task TakeUpAsync(ISandbox? confinement = null)
    {
        _log?.Dispose();
        _log = TaskLog.Open(new TaskLogFile(_folder.TaskLog(Id)), TimeProvider.System, OnStored);
        string[] command = [Path.Combine(SystemMounts.DotnetRoot(), "dotnet"), typeof(WorkerMain).Assembly.Location, "worker"];
        var sandbox = confinement ?? new NoSandbox("There is none.", "Install one.");
        var environment = SandboxEnvironment.ForWorker(HostSandbox.Environment, SystemMounts.OfHost(HostSandbox.Environment));
        var audit = new AuditLog(AuditPath, TimeProvider.System);
        var approvals = new RepositoryApprovals(Path.Combine(_folder.Root, "user", "approvals.json"), _folder.CommonDirectory, audit, TimeProvider.System, NullLogger.Instance);
        var agent = new AgentRunner(
            Git,
            _models,
            _artifacts,
            new WorkerLauncher(sandbox, HostLimiter.Limiter, command, environment),
            new CommandRunner(sandbox, HostLimiter.Limiter, HostSandbox.Environment, TimeProvider.System),
            approvals,
            TimeProvider.System,
            NullLogger.Instance);
        _actor = new TaskActor(
            _log, Git, agent, _places, audit, approvals, NullLogger.Instance, _ => _settled.Release(), (_, _) => { })
        {
            FindDependents = FindDependents,
        };
        await _actor.ContinueAsync(CancellationToken.None);
    }

    /// <summary>Waits until an entry makes the task look like that.</summary>
    public async Task<TaskSnapshot> SeenAsync(Predicate<TaskSnapshot> matches, [CallerArgumentExpression(nameof(matches))] string what = "")
    {
        var seen = new TaskCompletionSource<TaskSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _awaited.Add((matches, seen));
        }

        if (matches(Log.Snapshot))
        {
            return Log.Snapshot;
        }

        try
        {
            return await seen.Task.WaitAsync(s_limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{what} was not seen; the task is {Log.Snapshot.State}: {Log.Snapshot.Error?.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_actor is not null)
        {
            await _actor.DisposeAsync();
        }

        _log?.Dispose();
        _models.Dispose();
        _artifacts.Dispose();
        _merges.Dispose();
        _worktrees.Dispose();
        await _store.DisposeAsync();
        await Repository.DisposeAsync();
    }

    private void OnStored(TaskSnapshot snapshot, TaskEvent entry)
    {
        lock (_gate)
        {
            foreach (var (matches, seen) in _awaited)
            {
                if (matches(snapshot))
                {
                    seen.TrySetResult(snapshot);
                }
            }
        }
    }
}
