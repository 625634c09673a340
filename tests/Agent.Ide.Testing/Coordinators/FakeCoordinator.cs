using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Setup;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Testing.Coordinators;

/// <summary>
/// A coordinator without tasks of its own: it speaks the protocol, keeps what a test tells it, remembers what it was asked, and
/// can be killed and come back with its memory, as the real one does with its stores.
/// </summary>
public sealed class FakeCoordinator : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, AgentTask> _tasks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<TaskStep>> _steps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, object> _answers = new(StringComparer.Ordinal);
    private readonly List<(RpcConnection Connection, DuplexStream Stream)> _connections = [];
    private long _seq;

    /// <summary>Every request, in order: the method and its parameters.</summary>
    public ConcurrentQueue<(string Method, object Parameters)> Requests { get; } = new();

    /// <summary>How often a client connected.</summary>
    public int Connections { get; private set; }

    /// <summary>Thrown when a client connects, for a coordinator that cannot be started.</summary>
    public Exception? ConnectFailure { get; set; }

    public IReadOnlyList<string> Notices { get; set; } = [];

    /// <summary>The version it says it has; this build's own where a test does not say.</summary>
    public string Version { get; set; } =
        typeof(AgentMethods).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Sets what a method answers.</summary>
    public FakeCoordinator OnAsync<TParams, TResult>(string method, Func<TParams, Task<TResult>> answer)
    {
        _answers[method] = answer;
        return this;
    }

    public FakeCoordinator On<TParams, TResult>(string method, Func<TParams, TResult> answer) =>
        OnAsync<TParams, TResult>(method, parameters => Task.FromResult(answer(parameters)));

    /// <summary>Makes a method fail as the coordinator would.</summary>
    public FakeCoordinator Refuse<TParams, TResult>(string method, string message, AgentError error) =>
        On<TParams, TResult>(method, _ => throw Refusal(message, error));

    public static RpcErrorException Refusal(string message, AgentError error) =>
        new(AgentError.RpcCode, message, JsonSerializer.SerializeToElement(error, AgentJson.Default.AgentError));

    /// <summary>A connection to it, from the client's side.</summary>
    public Stream Connect()
    {
        if (ConnectFailure is { } failure)
        {
            throw failure;
        }

        var (client, server) = DuplexStream.CreatePair();
        RpcConnection? connection = null;
        connection = new RpcConnection(server, server, CreateRouter());
        lock (_gate)
        {
            Connections++;
            _connections.Add((connection, server));
        }

        connection.Start();
        return client;
    }

    /// <summary>Ends every connection at once, as kill -9 does.</summary>
    public async Task KillAsync()
    {
        List<(RpcConnection Connection, DuplexStream Stream)> connections;
        lock (_gate)
        {
            connections = [.. _connections];
            _connections.Clear();
        }

        foreach (var (connection, stream) in connections)
        {
            await stream.DisposeAsync();
            await connection.DisposeAsync();
        }
    }

    /// <summary>Stores a task and tells it to whoever is attached.</summary>
    public async Task PublishAsync(AgentTask task, bool quietly = false)
    {
        long seq;
        lock (_gate)
        {
            _tasks[task.Id] = task;
            seq = ++_seq;
        }

        if (!quietly)
        {
            await NotifyAsync(AgentMethods.TaskChanged, new TaskChangedParams(task, seq), AgentJson.Default.TaskChangedParams);
        }
    }

    /// <summary>Stores a step, and tells it unless nobody is to hear of it (an event lost in a crash).</summary>
    public async Task AppendStepAsync(string id, TaskStep step, bool quietly = false)
    {
        long seq;
        lock (_gate)
        {
            StepsOf(id).Add(step);
            _tasks[id] = _tasks[id] with { Steps = step.Number };
            seq = ++_seq;
        }

        if (!quietly)
        {
            await NotifyAsync(AgentMethods.StepAppended, new StepAppendedParams(id, step, seq), AgentJson.Default.StepAppendedParams);
        }
    }

    public AgentTask Find(string id)
    {
        lock (_gate)
        {
            return _tasks[id];
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private List<TaskStep> StepsOf(string id)
    {
        if (!_steps.TryGetValue(id, out var steps))
        {
            _steps.Add(id, steps = []);
        }

        return steps;
    }

    private async Task NotifyAsync<T>(string method, T parameters, JsonTypeInfo<T> type)
    {
        List<RpcConnection> connections;
        lock (_gate)
        {
            connections = [.. _connections.Select(entry => entry.Connection)];
        }

        foreach (var connection in connections)
        {
            try
            {
                await connection.NotifyAsync(method, parameters, type, CancellationToken.None);
            }
            catch (ConnectionClosedException)
            {
                // That client has gone.
            }
        }
    }

    private RpcRouter CreateRouter()
    {
        var json = AgentJson.Default;
        var router = new RpcRouter();
        Add(router, AgentMethods.Attach, json.AttachParams, json.AttachResult, _ => Snapshot(tasks => new AttachResult(tasks, _seq, Version, Notices)));
        Add(router, AgentMethods.List, json.EmptyParams, json.TaskListResult, _ => Snapshot(tasks => new TaskListResult(tasks, _seq)));
        Add(router, AgentMethods.Get, json.TaskIdParams, json.TaskDetails, parameters => Snapshot(_ => new TaskDetails(_tasks[parameters.Id], [.. StepsOf(parameters.Id)])));
        Add(router, AgentMethods.Create, json.CreateTaskParams, json.AgentTask);
        foreach (var method in (string[])[AgentMethods.Stop, AgentMethods.Resume, AgentMethods.Restore])
        {
            Add(router, method, json.TaskIdParams, json.AgentTask, parameters => Find(parameters.Id));
        }

        Add(router, AgentMethods.Message, json.MessageParams, json.AgentTask, parameters => Find(parameters.Id));
        Add(router, AgentMethods.Fork, json.ForkParams, json.AgentTask, parameters => Find(parameters.Id) with { Parent = parameters.Id, ParentStep = parameters.Step });
        Add(router, AgentMethods.Rollback, json.RollbackParams, json.AgentTask, parameters => Find(parameters.Id) with { Steps = parameters.Step });
        Add(router, AgentMethods.Diff, json.DiffParams, json.DiffResult);
        Add(router, AgentMethods.Patch, json.PatchParams, json.PatchResult);
        Add(router, AgentMethods.Accept, json.AcceptParams, json.AcceptResult);
        Add(router, AgentMethods.TaskConflicts, json.TaskConflictsParams, json.TaskConflictsResult);
        Add(router, AgentMethods.ConflictTexts, json.ConflictTextsParams, json.ConflictTextsResult);
        Add(router, AgentMethods.Conflicts, json.EmptyParams, json.ConflictsResult, _ => new ConflictsResult([]));
        Add(router, AgentMethods.Content, json.ContentParams, json.ContentResult);
        Add(router, AgentMethods.RespondApproval, json.ApprovalResponseParams, json.EmptyResult, _ => new EmptyResult());
        Add(router, AgentMethods.Doctor, json.EmptyParams, json.DoctorResult);
        Add(router, AgentMethods.Trust, json.TrustParams, json.TrustResult);
        Add(router, AgentMethods.Worktrees, json.EmptyParams, json.WorktreesResult, _ => new WorktreesResult([]));
        Add(router, AgentMethods.Discard, json.DiscardParams, json.AgentTask, parameters => Find(parameters.Id));
        Add(router, AgentMethods.PruneWorktrees, json.PruneParams, json.PruneResult, _ => new PruneResult([]));
        Add(router, AgentMethods.CoordinatorStatus, json.EmptyParams, json.CoordinatorStatus);
        Add(router, AgentMethods.CoordinatorStop, json.EmptyParams, json.EmptyResult, parameters =>
        {
            _ = Task.Run(KillAsync);
            return new EmptyResult();
        });
        return router;
    }

    private T Snapshot<T>(Func<IReadOnlyList<AgentTask>, T> read)
    {
        lock (_gate)
        {
            return read([.. _tasks.Values]);
        }
    }

    private void Add<TParams, TResult>(
        RpcRouter router, string method, JsonTypeInfo<TParams> parametersType, JsonTypeInfo<TResult> resultType, Func<TParams, TResult>? usual = null)
        where TParams : notnull =>
        router.OnRequest(method, parametersType, resultType, async (parameters, _) =>
        {
            Requests.Enqueue((method, parameters));
            if (_answers.TryGetValue(method, out var answer))
            {
                return await ((Func<TParams, Task<TResult>>)answer)(parameters);
            }

            return usual is null
                ? throw new RpcErrorException(RpcErrorCodes.InternalError, $"The test did not say what {method} answers.")
                : usual(parameters);
        });
}
