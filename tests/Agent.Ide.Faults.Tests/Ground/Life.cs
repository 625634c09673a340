using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Agent.Ide.Client;
using Agent.Ide.Client.Board;
using Agent.Ide.Processes;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Faults.Tests;

/// <summary>One coordinator process from its start to its end, with a client that watches it.</summary>
internal sealed class Life : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly ConcurrentDictionary<string, AgentTask> _tasks = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly StringBuilder _error = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _watching = Task.CompletedTask;
    private AgentClient? _client;
    private volatile bool _lost;

    private Life(ChildProcess process, IReadOnlyDictionary<string, string> environment)
    {
        _process = process;
        _environment = environment;
        Ended = WaitForEndAsync();
    }

    public int Id => _process.Id;

    /// <summary>The process has ended, by a kill or by itself.</summary>
    public Task Ended { get; }

    /// <summary>False when it was killed before anyone could attach.</summary>
    public bool IsAttached => _client is not null;

    public AgentClient Client => _client ?? throw new InvalidOperationException("It was killed before a client could attach.");

    public IReadOnlyDictionary<string, AgentTask> Tasks => _tasks;

    public string ErrorOutput
    {
        get
        {
            lock (_gate)
            {
                return _error.ToString();
            }
        }
    }

    /// <param name="start">The host with its fault.</param>
    /// <param name="socketPath">Where it will listen.</param>
    /// <param name="checkout">Whom the client speaks for.</param>
    /// <param name="acknowledged">Told every step that the client hears of.</param>
    public static async Task<Life> BeginAsync(ProcessStart start, string socketPath, string checkout, Action<string, TaskStep> acknowledged)
    {
        var life = new Life(ChildProcess.Start(start), start.Environment!);
        try
        {
            var line = await new StreamReader(life._process.StandardOutput, Encoding.UTF8).ReadLineAsync().WaitAsync(Ground.Patience);
            if (line != "ready")
            {
                await life.Ended.WaitAsync(Ground.Patience);
                return line is null ? life : throw new InvalidOperationException($"The coordinator said: {line}\n{life.ErrorOutput}");
            }

            await life.AttachAsync(socketPath, checkout, acknowledged);
            return life;
        }
        catch
        {
            await life.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the watched tasks are like that.</summary>
    /// <returns>False when the coordinator died first.</returns>
    public async Task<bool> SeesAsync(Func<IReadOnlyDictionary<string, AgentTask>, bool> isSo)
    {
        using var patience = new CancellationTokenSource(Ground.Patience);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }

            if (isSo(_tasks))
            {
                return true;
            }

            if (_lost)
            {
                return false;
            }

            try
            {
                await changed.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                var seen = string.Join("; ", _tasks.Values.Select(task => $"{task.Id} {task.State}, {task.Steps} steps, {task.Error?.Message}"));
                throw new TimeoutException($"It did not come about. Seen: {seen}\n{ErrorOutput}");
            }
        }
    }

    public void Kill() => ChildProcess.Kill(_process.Id);

    /// <summary>Asks it to end, and waits.</summary>
    /// <returns>True when it was killed instead.</returns>
    public async Task<bool> StopAsync()
    {
        if (_client is not null && !_lost)
        {
            try
            {
                await _client.StopCoordinatorAsync(CancellationToken.None);
            }
            catch (AgentRequestException)
            {
                // It ended by itself in this moment.
            }
        }

        const int Killed = 128 + 9; // As a shell tells it: by signal 9.
        await Ended.WaitAsync(Ground.Patience);
        var exitCode = await _process.WaitForExitAsync();
        exitCode.ShouldBeOneOf([0, Killed], ErrorOutput);
        return exitCode == Killed;
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        await _watching;
        _process.KillTree();
        await Ended;
        await _process.DisposeAsync();
    }

    private async Task AttachAsync(string socketPath, string checkout, Action<string, TaskStep> acknowledged)
    {
        var client = new AgentClient(
            async cancellationToken =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
            new AgentClientOptions { Checkout = checkout, Environment = ClientVariables.Select(_environment), ReconnectDelays = [] });
        try
        {
            await client.AttachAsync(CancellationToken.None).WaitAsync(Ground.Patience);
        }
        catch (Exception e) when (e is AgentRequestException or SocketException)
        {
            await client.DisposeAsync();
            await Ended.WaitAsync(Ground.Patience); // Whoever could not be reached was killed; else this says so.
            return;
        }

        _client = client;
        _watching = WatchAsync(client, acknowledged);
    }

    private async Task WatchAsync(AgentClient client, Action<string, TaskStep> acknowledged)
    {
        try
        {
            await foreach (var change in client.Changes.ReadAllAsync())
            {
                switch (change)
                {
                    case TaskChange task:
                        _tasks[task.Task.Id] = task.Task;
                        break;
                    case StepChange step:
                        acknowledged(step.Id, step.Step);
                        break;
                }

                Tell();
            }
        }
        catch (AgentRequestException)
        {
            // The coordinator is gone, which is what these tests are about.
        }

        _lost = true;
        Tell();
    }

    private void Tell()
    {
        lock (_gate)
        {
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task WaitForEndAsync()
    {
        using var reader = new StreamReader(_process.StandardError, Encoding.UTF8);
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                _error.AppendLine(line);
            }
        }

        await _process.WaitForExitAsync();
    }
}
