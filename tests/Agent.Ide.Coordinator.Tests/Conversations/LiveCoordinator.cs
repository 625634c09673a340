using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tests.Sandboxing;
using Agent.Ide.Git;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Models;
using Agent.Ide.Testing.Repositories;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.Coordinator.Tests.Conversations;

/// <summary>A coordinator in this process, on a real repository and a scripted model server, without the wire.</summary>
internal sealed class LiveCoordinator : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly CoordinatorHost _host;
    private readonly string _checkout;

    private LiveCoordinator(CoordinatorHost host, CoordinatorServices services, ClientContext client, ScriptedModelServer model, string checkout)
    {
        _host = host;
        Services = services;
        Client = client;
        Model = model;
        _checkout = checkout;
    }

    public CoordinatorServices Services { get; }

    public ClientContext Client { get; }

    public ScriptedModelServer Model { get; }

    /// <param name="repository">Whose git settings and home are used.</param>
    /// <param name="script">What the model says.</param>
    /// <param name="checkout">Another clone than the repository's own checkout.</param>
    public static async Task<LiveCoordinator> StartAsync(TempRepository repository, string script, string? checkout = null)
    {
        checkout ??= repository.Path;
        var model = ScriptedModelServer.Start(script);
        var environment = new Dictionary<string, string>(repository.Environment, StringComparer.Ordinal)
        {
            ["PATH"] = HostSandbox.Environment["PATH"],
            ["HOME"] = repository.Home,
            ["AGENT_IDE_INFERENCE__PROVIDER"] = "openai",
            ["AGENT_IDE_INFERENCE__BASE_URL"] = model.BaseUrl.ToString(),
        };
        var opened = await GitRepository.OpenAsync(await GitProgram.LocateAsync("git", repository.Environment), checkout);
        var host = new CoordinatorHost(
            new CoordinatorOptions
            {
                CommonDirectory = opened.CommonDirectory,
                Version = "test",
                WorkerCommand = [Path.Combine(SystemMounts.DotnetRoot(), "dotnet"), typeof(WorkerMain).Assembly.Location, "worker"],
                Environment = environment,
            },
            new StateFolder(opened.CommonDirectory),
            TimeProvider.System,
            NullLogger.Instance);
        var services = await host.StartAsync(CancellationToken.None);
        return new LiveCoordinator(host, services, new ClientContext(opened.Checkout, environment), model, checkout);
    }

    public Task<AgentTask> CreateAsync(string prompt) =>
        Services.Creation.CreateAsync(Client, new CreateTaskParams { Prompt = prompt }, CancellationToken.None);

    public Task<AgentTask> ForkAsync(string id, int step, string? prompt = null) =>
        Services.Forks.ForkAsync(Client, new ForkParams(id, step, prompt), CancellationToken.None);

    public Task<AgentTask> ResumeAsync(string commit) =>
        Services.Forks.ResumeAsync(Client, new ResumeCommitParams(commit), CancellationToken.None);

    /// <summary>Runs a task to where it rests.</summary>
    public async Task<AgentTask> RunAsync(string prompt) => await SeenAsync((await CreateAsync(prompt)).Id, "readyForReview");

    /// <summary>Waits until a task is in one of these states; fails when it failed instead.</summary>
    public async Task<AgentTask> SeenAsync(string id, params string[] states)
    {
        var seen = new TaskCompletionSource<AgentTask>(TaskCreationOptions.RunContinuationsAsynchronously);
        Action<FeedEntry> listener = entry =>
        {
            if (entry is TaskChangedEntry { Task: var task } && task.Id == id && (states.Contains(task.State) || task.State == "failed"))
            {
                seen.TrySetResult(task);
            }
        };
        var now = Services.Feed.Listen(listener, null, () => Services.Tasks.View(id));
        try
        {
            var task = states.Contains(now.State) || now.State == "failed" ? now : await seen.Task.WaitAsync(s_limit);
            return states.Contains(task.State) ? task : throw new InvalidOperationException($"Task {id} failed: {task.Error?.Message}");
        }
        finally
        {
            Services.Feed.Unlisten(listener);
        }
    }

    public async Task DoAsync(string id, Func<Agent.Ide.Coordinator.Tasks.TaskActor, Task> action)
    {
        using var lease = await Services.Tasks.LeaseAsync(id, CancellationToken.None);
        await action(lease.Actor);
    }

    public async Task<IReadOnlyList<TaskStep>> StepsAsync(string id)
    {
        using var lease = await Services.Tasks.LeaseAsync(id, CancellationToken.None);
        return [.. lease.Actor.Snapshot.Steps.Select(Agent.Ide.Coordinator.Tasks.TaskViews.ToView)];
    }

    /// <summary>A file of a task's worktree.</summary>
    public string Read(string id, string path) => File.ReadAllText(Path.Combine(_checkout, ".worktrees", id, path));

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await Model.DisposeAsync();
    }
}
