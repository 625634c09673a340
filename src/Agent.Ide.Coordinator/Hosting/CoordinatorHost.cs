using System.Net.Sockets;
using Agent.Ide.Coordinator.Approvals;
using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Conversations;
using Agent.Ide.Coordinator.Hosting.Connections;
using Agent.Ide.Coordinator.Models;
using Agent.Ide.Coordinator.Review;
using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;
using Agent.Ide.Coordinator.Setup;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Supervision;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Setup;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>
/// The coordinator of one repository: makes its services (the composition root), takes up what an earlier one left,
/// serves clients, and ends when nobody needs it.
/// </summary>
public sealed class CoordinatorHost : IAsyncDisposable
{
    /// <summary>Between two attempts to let a client in while the system refuses; whoever connects waits in the queue meanwhile.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(200);

    private readonly CoordinatorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly StateFolder _folder;
    private readonly CancellationTokenSource _stopping = new();
    private readonly PlaceQueue _places;
    private readonly List<Func<ValueTask>> _owned = [];
    private readonly DateTimeOffset _startedAt;
    private CoordinatorServices? _services;
    private WorktreeUpkeep? _upkeep;
    private int _clients;

    public CoordinatorHost(CoordinatorOptions options, StateFolder folder, TimeProvider time, ILogger logger)
    {
        _options = options;
        _folder = folder;
        _time = time;
        _logger = logger;
        _startedAt = time.GetUtcNow();
        _places = OwnDisposable(new PlaceQueue(new WorktreeSettings().MaxConcurrent, new MachineMemory("/proc", CgroupMounts.MemoryGroups()), time));
    }

    /// <summary>Ends when the coordinator was asked to stop, or has been idle for long enough.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public void RequestStop() => _stopping.Cancel();

    /// <summary>Makes the services and takes up the tasks that were under way. Clients may connect while it does so.</summary>
    public async Task<CoordinatorServices> StartAsync(CancellationToken cancellationToken)
    {
        var program = await GitProgram.LocateAsync(cancellationToken: cancellationToken);
        var repository = await GitRepository.OpenAsync(program, await CheckoutFolderAsync(program, cancellationToken), cancellationToken);
        var clock = new GitClock(_time, _options.Environment.GetValueOrDefault(ClientVariables.SourceDateEpoch));
        var store = Own(new GitStore(repository, clock), store => store.DisposeAsync());
        var checkpoints = new Checkpoints(store);
        var worktrees = OwnDisposable(new Worktrees(checkpoints));
        var merges = OwnDisposable(new TaskMerges(store, _time));
        var git = new TaskGit(store, checkpoints, worktrees, merges, _logger);

        var board = OwnDisposable(new BoardFile(_folder.Board));
        var artifacts = OwnDisposable(new ArtifactStore(_folder.Artifacts, _time, _logger));
        var audit = new AuditLog(_folder.Audit, _time, _options.Secrets);
        var approvals = new RepositoryApprovals(
            ConfigurationSources.FromEnvironment(_options.Environment).ApprovalsFile, _options.CommonDirectory, audit, _time, _logger);
        var feed = new TaskFeed(board.Sequence);

        var finding = new LimiterProbe(_options.CommonDirectory, _folder.LimitGroups, _time).FindAsync(cancellationToken);
        var sandbox = await new SandboxProbe(_options.Environment).FindAsync(cancellationToken);
        var limiter = await finding;
        var workerEnvironment = SandboxEnvironment.ForWorker(_options.Environment, SystemMounts.OfHost(_options.Environment));
        var models = OwnDisposable(new TaskModels(_options.Environment, _options.DefaultScript, _time, _logger, _options.Secrets));
        var agent = new AgentRunner(
            git,
            models,
            artifacts,
            new WorkerLauncher(sandbox, limiter, _options.WorkerCommand, workerEnvironment),
            new CommandRunner(sandbox, limiter, _options.Environment, _time),
            approvals,
            _time,
            _logger);
        var tasks = Own(
            new TaskRegistry(
                _folder,
                board,
                feed,
                _options.OpenTaskLog,
                (log, settled, unstored) =>
                {
                    log.Secrets = _options.Secrets;
                    return new TaskActor(log, git, agent, _places, audit, approvals, _logger, settled, unstored) { FindDependents = id => _services!.Tasks.FindDependents(id) };
                },
                _time,
                _logger)
            {
                Shortage = () => _places.Shortage,
            },
            tasks => tasks.DisposeAsync());
        _places.ShortageChanged += tasks.ShowWaiting;

        var creation = new TaskCreation(store, tasks, models, _places, audit);
        _services = new CoordinatorServices
        {
            Options = _options,
            Repository = repository,
            Board = board,
            Feed = feed,
            Tasks = tasks,
            Creation = creation,
            Forks = new TaskForks(git, tasks, creation, models, artifacts),
            Review = new TaskReview(tasks, git, merges),
            Conflicts = new ConflictReview(tasks, merges, repository),
            Approvals = approvals,
            Worktrees = OwnDisposable(new TaskWorktrees(worktrees, new KeptRetention(store), tasks, audit, _time)),
            Unsaved = merges.Unsaved,
            EditorModels = models.Editors,
            Doctor = new Doctor(repository, sandbox, limiter, models, _options.Environment),
            StatusAsync = _ => Task.FromResult(Status(sandbox)),
            RequestStop = () => _stopping.CancelAfter(TimeSpan.FromMilliseconds(50)),
        };
        // Whatever is there is a killed coordinator's: this one has the lock and has made nothing yet.
        worktrees.RemoveTemporaryFiles(TimeSpan.Zero);
        var recovered = await merges.RecoverAsync(cancellationToken);
        foreach (var (task, unfinished) in recovered.Where(entry => entry.Value is not null))
        {
            _logger.LogError("An accept of task {Task} is left to be ended: {Reason}", task, unfinished!.Message);
        }

        var configuration = new StandingConfiguration(repository.Checkout.Root, repository.CommonDirectory, _options.Environment, _logger);
        _places.SetLimit(configuration.Worktree.MaxConcurrent);
        await tasks.RecoverAsync([.. recovered.Keys], cancellationToken);
        _upkeep = new WorktreeUpkeep(
            _services.Worktrees,
            () => TimeSpan.FromHours(configuration.Worktree.PruneAfterHours),
            _time,
            _logger);
        return _services;
    }

    /// <summary>Accepts clients until <see cref="Stopping"/>.</summary>
    public async Task ServeAsync(Socket listener)
    {
        var services = _services ?? throw new InvalidOperationException("The coordinator serves after it has started.");
        var idle = WatchIdleAsync();
        var upkeep = Task.Run(() => _upkeep!.RunAsync(_stopping.Token), CancellationToken.None);
        var sessions = new HashSet<Task>();
        var gate = new ConnectionGate(_options.Connections, _time, _logger);
        try
        {
            while (true)
            {
                var socket = await AcceptAsync(listener);
                if (gate.Admit(socket) is not { } admission)
                {
                    continue;
                }

                Interlocked.Increment(ref _clients);
                sessions.Add(ServeClientAsync(socket, admission, services));
                sessions.RemoveWhere(session => session.IsCompleted);
            }
        }
        catch (OperationCanceledException)
        {
            _logger.LogInformation("The coordinator ends.");
        }

        // Before the connections that there are: whoever loses one and connects again must not come into this one's queue, where nobody answers.
        listener.Close();

        await idle;
        await Task.WhenAll(sessions);
        await upkeep;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        for (var index = _owned.Count - 1; index >= 0; index--)
        {
            await _owned[index]();
        }

        _stopping.Dispose();
    }

    /// <summary>Waits for the next client. A machine or process out of descriptors, say, refuses one and must not end the tasks.</summary>
    private async Task<Socket> AcceptAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                return await listener.AcceptAsync(_stopping.Token);
            }
            catch (SocketException e)
            {
                _logger.LogWarning("A client could not be let in and has to try again: {Reason}", e.Message);
                await Task.Delay(AcceptPause, _time, _stopping.Token);
            }
        }
    }

    private async Task ServeClientAsync(Socket socket, IDisposable admission, CoordinatorServices services)
    {
        try
        {
            var session = new ClientSession(new NetworkStream(socket, ownsSocket: true), services, _logger);
            await using (session)
            {
                var served = session.RunAsync();
                await served.WaitAsync(_stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The coordinator ends, and the session with it.
        }
        catch (Exception e)
        {
            // The edge of a connection: whatever goes wrong in one must not end the coordinator.
            _logger.LogError(e, "A client's session failed.");
        }
        finally
        {
            admission.Dispose();
            Interlocked.Decrement(ref _clients);
        }
    }

    private async Task WatchIdleAsync()
    {
        try
        {
            var idleSince = _time.GetTimestamp();
            using var timer = new PeriodicTimer(TimeSpan.FromTicks(Math.Max(_options.IdleExit.Ticks / 10, TimeSpan.TicksPerMillisecond * 100)), _time);
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                if (Volatile.Read(ref _clients) > 0 || _services!.Tasks.IsBusy)
                {
                    idleSince = _time.GetTimestamp();
                }
                else if (_time.GetElapsedTime(idleSince) >= _options.IdleExit)
                {
                    _logger.LogInformation("Nobody has needed the coordinator for {Idle}.", _options.IdleExit);
                    await _stopping.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The coordinator ends.
        }
    }

    private CoordinatorStatus Status(ISandbox sandbox)
    {
        var views = _services!.Tasks.Views;
        return new CoordinatorStatus(
            Environment.ProcessId,
            _options.Version,
            _startedAt,
            _options.CommonDirectory,
            Volatile.Read(ref _clients),
            views.Count(view => view.State is "preparing" or "running"),
            views.Count(view => view.State == "queued"),
            views.Count,
            sandbox.IsAvailable,
            _folder.CoordinatorLog);
    }

    /// <summary>Any checkout of the repository will do: the services name the one they mean each time.</summary>
    private async Task<string> CheckoutFolderAsync(GitProgram program, CancellationToken cancellationToken) =>
        await GitRepository.FindCheckoutsAsync(program, _options.CommonDirectory, cancellationToken) is [var first, ..]
            ? first
            : _options.Checkout ?? throw new GitException(
                GitProblem.NotARepository, $"{_options.CommonDirectory} has no checkout any more. Check it out somewhere: git worktree add.");

    private T Own<T>(T instance, Func<T, ValueTask> dispose)
    {
        _owned.Add(() => dispose(instance));
        return instance;
    }

    private T OwnDisposable<T>(T instance)
        where T : IDisposable => Own(instance, owned =>
        {
            owned.Dispose();
            return ValueTask.CompletedTask;
        });
}
