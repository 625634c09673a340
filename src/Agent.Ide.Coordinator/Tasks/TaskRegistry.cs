using System.Collections.Concurrent;
using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>
/// All tasks of the repository. Every one has a view; one that somebody works on, or that works, has an actor as well.
/// Whatever a log stores passes through here to the board and to the feed.
/// </summary>
public sealed class TaskRegistry : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, AgentTask> _views = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> _actors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskSurroundings> _surroundings = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1, 1);
    // Tasks whose logs could not be read when last tried; under the gate.
    private readonly HashSet<string> _unreadable = new(StringComparer.Ordinal);
    // Views are made and shown in one order: an older one shown last would stay.
    private readonly Lock _showing = new();
    private readonly StateFolder _folder;
    private readonly BoardFile _board;
    private readonly TaskFeed _feed;
    private readonly Func<string, ITaskLogFile> _openLog;
    private readonly Func<TaskLog, Action<TaskActor>, Action<TaskSnapshot, TaskError>, TaskActor> _makeActor;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public TaskRegistry(
        StateFolder folder,
        BoardFile board,
        TaskFeed feed,
        Func<string, ITaskLogFile> openLog,
        Func<TaskLog, Action<TaskActor>, Action<TaskSnapshot, TaskError>, TaskActor> makeActor,
        TimeProvider time,
        ILogger logger)
    {
        _folder = folder;
        _board = board;
        _feed = feed;
        _openLog = openLog;
        _makeActor = makeActor;
        _time = time;
        _logger = logger;
    }

    /// <summary>Why tasks wait although a place is free; null where they do not.</summary>
    public Func<string?> Shortage { get; init; } = static () => null;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<AgentTask> Views => [.. _views.Values.OrderByDescending(view => view.CreatedAt).ThenByDescending(view => view.Id, StringComparer.Ordinal)];

    public bool Exists(string id) => _views.ContainsKey(id);

    /// <summary>True for a task with a log, also one that could not be read and is not known otherwise.</summary>
    public bool HasLog(string id) => Exists(id) || File.Exists(_folder.TaskLog(id));

    /// <summary>An agent's worktree is no place for a person's work: what lands there is on the agent's branch, and goes with it.</summary>
    /// <param name="checkout">Of whoever asks.</param>
    /// <exception cref="RequestFailedException">It is the worktree of a task.</exception>
    public void RefuseWorktree(GitCheckout checkout)
    {
        // Git names what it keeps of a linked worktree by its folder, and that is named by the task.
        if (Path.GetFileName(Path.GetDirectoryName(checkout.GitDirectory)) == "worktrees" && Exists(Path.GetFileName(checkout.GitDirectory)))
        {
            throw new RequestFailedException(
                "taskWorktree",
                $"{checkout.Root} is the worktree of task {Path.GetFileName(checkout.GitDirectory)}: nothing is begun or accepted there.",
                "Do it in your own checkout of the repository.",
                ExitCodes.Usage);
        }
    }

    /// <summary>Tasks that start from the branch of this one, or depend on it, and have no worktree of their own yet.</summary>
    public IReadOnlyList<string> FindDependents(string id) =>
    [
        .. _views.Values.Where(view => view.State is "queued" or "preparing" && (view.Parent == id || view.DependsOn.Contains(id))).Select(view => view.Id),
    ];

    /// <summary>True while any task works, waits for a place, or is being changed.</summary>
    public bool IsBusy
    {
        get
        {
            _gate.Wait();
            try
            {
                return _actors.Values.Any(entry => entry.Actor.IsBusy || entry.Users > 0);
            }
            finally
            {
                _gate.Release();
            }
        }
    }

    /// <summary>Reads the board, folds again what is doubtful in it, and goes on with every task that was under way.</summary>
    /// <param name="concerned">Tasks that are taken up although the board knows them at rest: something of theirs was left half done.</param>
    /// <param name="cancellationToken">Before the next task.</param>
    public async Task RecoverAsync(IReadOnlyCollection<string> concerned, CancellationToken cancellationToken)
    {
        var board = _board.ReadAll();
        var doubtful = new List<string>();
        foreach (var id in _folder.TaskIds())
        {
            if (board.TryGetValue(id, out var entry) && entry is { IsOpen: false } && !_folder.WasLeftOpen(id) && !concerned.Contains(id))
            {
                _views[id] = entry.View;
            }
            else
            {
                doubtful.Add(id);
            }
        }

        // Who had a place before comes first, and then each in the order in which they were made: so they queue again.
        foreach (var id in doubtful
            .OrderBy(id => board.GetValueOrDefault(id)?.View.State == TaskViews.StateName(TaskState.Queued))
            .ThenBy(id => board.GetValueOrDefault(id)?.View.CreatedAt.UtcDateTime ?? File.GetCreationTimeUtc(_folder.TaskLog(id))))
        {
            try
            {
                if (board.GetValueOrDefault(id)?.View is { } known)
                {
                    _views[id] = known;
                }
                else if (!board.ContainsKey(id) && RemoveUnborn(id))
                {
                    continue;
                }

                using var lease = await LeaseFromLogAsync(id, cancellationToken);
                Refresh(lease.Actor.Snapshot);
                await lease.Actor.ContinueAsync(cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // One task's trouble must not keep the others from going on.
                _logger.LogError(e, "Task {Task} could not be taken up again; its log is {Path}.", id, _folder.TaskLog(id));
            }
        }
    }

    /// <summary>Stores a new task and lets it begin.</summary>
    public Task<AgentTask> AddAsync(TaskCreated created, TaskSurroundings surroundings, CancellationToken cancellationToken) =>
        AddAsync(created, [], surroundings, cancellationToken);

    /// <param name="created">First entry of its log.</param>
    /// <param name="inherited">Entries of a conversation it goes on with; stored with the first.</param>
    /// <param name="surroundings">What is not in the log.</param>
    /// <param name="cancellationToken">Before it is stored.</param>
    public async Task<AgentTask> AddAsync(
        TaskCreated created, IReadOnlyList<TaskEvent> inherited, TaskSurroundings surroundings, CancellationToken cancellationToken)
    {
        _surroundings[created.Id] = surroundings;
        await _gate.WaitAsync(cancellationToken);
        TaskLease held;
        var isNew = !File.Exists(_folder.TaskLog(created.Id));
        try
        {
            // Leased before anyone can see the task: a client that looked and left would retire the actor.
            held = new TaskLease(this, Register(TaskLog.Create(_openLog(_folder.TaskLog(created.Id)), created, inherited, _time, OnStored)));
        }
        catch when (isNew)
        {
            // Whoever asked is told why, and may ask again; what was begun is no task.
            DeleteLog(created.Id);
            throw;
        }
        finally
        {
            _gate.Release();
        }

        using var lease = held;
        await lease.Actor.ContinueAsync(cancellationToken);
        return _views[created.Id];
    }

    /// <summary>The task's actor, for as long as the lease is held.</summary>
    /// <exception cref="RequestFailedException">There is no such task.</exception>
    public Task<TaskLease> LeaseAsync(string id, CancellationToken cancellationToken) =>
        _views.ContainsKey(id) ? LeaseFromLogAsync(id, cancellationToken) : throw RequestFailedException.UnknownTask(id);

    public AgentTask View(string id) => _views.TryGetValue(id, out var view) ? view : throw RequestFailedException.UnknownTask(id);

    /// <summary>Changes what surrounds a task, and tells those who watch when they can see a difference.</summary>
    public void Surround(string id, Func<TaskSurroundings, TaskSurroundings> change)
    {
        lock (_showing)
        {
            var before = _surroundings.GetValueOrDefault(id, TaskSurroundings.None);
            var after = change(before);
            if (before == after || !_views.TryGetValue(id, out var view))
            {
                return;
            }

            _surroundings[id] = after;
            Publish(view with { ConflictsWith = after.ConflictsWith, Notices = after.Notices });
        }
    }

    /// <summary>Shows anew what the tasks in the queue wait for.</summary>
    public void ShowWaiting()
    {
        lock (_showing)
        {
            foreach (var view in _views.Values.Where(view => view.State == TaskViews.StateName(TaskState.Queued)))
            {
                var activity = TaskViews.WaitingActivity(Shortage());
                if (view.Activity != activity)
                {
                    Publish(view with { Activity = activity });
                }
            }
        }
    }

    /// <summary>Tells those who watch that pairs of tasks conflict which did not, or no longer do.</summary>
    public void TellConflictsChanged() => _feed.Publish(() => new ConflictsChangedEntry(_board.NextSequence()));

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        try
        {
            foreach (var entry in _actors.Values)
            {
                await entry.Actor.DisposeAsync();
                CloseOnBoard(entry.Actor.Snapshot);
            }

            _actors.Clear();
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<TaskLease> LeaseFromLogAsync(string id, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_actors.TryGetValue(id, out var entry))
            {
                entry = Register(OpenLog(id));
            }

            return new TaskLease(this, entry);
        }
        finally
        {
            _gate.Release();
        }
    }

    private TaskLog OpenLog(string id)
    {
        var path = _folder.TaskLog(id);
        try
        {
            if (!File.Exists(path))
            {
                throw new FileNotFoundException("The file is gone.", path); // Opening it would make an empty one.
            }

            var log = TaskLog.Open(_openLog(path), _time, OnStored);
            if (_unreadable.Remove(id))
            {
                Refresh(log.Snapshot);
            }

            return log;
        }
        catch (Exception e) when (DamagedTask.IsUnreadable(e))
        {
            var known = _views.GetValueOrDefault(id);
            var failure = DamagedTask.Describe(id, path, known?.Branch, e);
            if (_unreadable.Add(id))
            {
                _logger.LogError(e, "The log of task {Task} cannot be read; {Path} was left as it is.", id, path);
                // Shown only, and never put on the board: it is not what the log says.
                Publish(DamagedTask.Show(known, id, failure, File.GetCreationTimeUtc(path)));
            }

            throw failure;
        }
    }

    /// <summary>
    /// A coordinator that is killed while it makes a task leaves a log without an entry: nobody was told of such a task, and nothing is in it.
    /// </summary>
    /// <returns>True when it was one.</returns>
    private bool RemoveUnborn(string id)
    {
        var path = _folder.TaskLog(id);
        try
        {
            using var file = _openLog(path);
            if (file.ReadAfter(0).Count > 0)
            {
                return false;
            }
        }
        catch (Exception e) when (DamagedTask.IsUnreadable(e))
        {
            return false; // Whoever takes it up says so.
        }

        DeleteLog(id);
        return true;
    }

    private void DeleteLog(string id)
    {
        foreach (var suffix in (ReadOnlySpan<string>)["-wal", "-shm", ""])
        {
            File.Delete(_folder.TaskLog(id) + suffix);
        }
    }

    private Entry Register(TaskLog log)
    {
        var entry = new Entry(_makeActor(log, actor => Retire(actor.Id), ShowUnstored));
        _actors[log.Snapshot.Id] = entry;
        return entry;
    }

    /// <summary>Closes the log of a task that nobody needs for now: hundreds of settled tasks cost a row each, not a database.</summary>
    private void Retire(string id) => _ = Task.Run(async () =>
    {
        Entry? retired = null;
        await _gate.WaitAsync();
        try
        {
            if (_actors.TryGetValue(id, out var entry) && entry.Users == 0 && !entry.Actor.IsBusy)
            {
                _actors.Remove(id);
                retired = entry;
                await retired.Actor.DisposeAsync();
                CloseOnBoard(retired.Actor.Snapshot);
            }
        }
        catch (Exception e)
        {
            _logger.LogError(e, "The log of task {Task} could not be closed.", id);
        }
        finally
        {
            _gate.Release();
        }
    });

    private void CloseOnBoard(TaskSnapshot snapshot)
    {
        // A task that was under way stays open on the board: the next coordinator goes on with it.
        if (snapshot.State.IsSettled() && _views.TryGetValue(snapshot.Id, out var view))
        {
            StoreOnBoard(view, isOpen: false);
        }
    }

    private void OnStored(TaskSnapshot snapshot, TaskEvent entry)
    {
        Refresh(snapshot);
        switch (entry)
        {
            case StepFinished:
                _feed.Publish(() => new StepAppendedEntry(_board.NextSequence(), snapshot.Id, TaskViews.ToView(snapshot.Steps[^1])));
                break;
            case ApprovalRequested request:
                _feed.Publish(() => new ApprovalRequestedEntry(_board.NextSequence(), snapshot.Id, TaskViews.ToView(request)));
                break;
        }
    }

    private void Refresh(TaskSnapshot snapshot)
    {
        lock (_showing)
        {
            var view = TaskViews.ToView(snapshot, _surroundings.GetValueOrDefault(snapshot.Id, TaskSurroundings.None));
            if (snapshot.State == TaskState.Queued)
            {
                view = view with { Activity = TaskViews.WaitingActivity(Shortage()) };
            }

            StoreOnBoard(view, isOpen: true);
            Publish(view);
        }
    }

    /// <summary>What the log has stored counts: a board that cannot be written is folded again and must not fail a task.</summary>
    private void StoreOnBoard(AgentTask view, bool isOpen)
    {
        try
        {
            _board.Store(view, isOpen);
        }
        catch (SqliteException e)
        {
            _logger.LogError(e, "The board could not be written; task {Task} is in its log.", view.Id);
        }
    }

    private void ShowUnstored(TaskSnapshot snapshot, TaskError error) => Publish(
        TaskViews.ToView(snapshot, _surroundings.GetValueOrDefault(snapshot.Id, TaskSurroundings.None)) with
        {
            State = TaskViews.StateName(TaskState.Failed),
            Error = new TaskFailure(error.Code, error.Message, error.Hint, error.ExitCode),
        });

    private void Publish(AgentTask view)
    {
        _views[view.Id] = view;
        _feed.Publish(() => new TaskChangedEntry(_board.NextSequence(), view));
    }

    /// <summary>Keeps a task's actor alive while somebody uses it.</summary>
    public sealed class TaskLease : IDisposable
    {
        private readonly TaskRegistry _registry;
        private readonly Entry _entry;

        internal TaskLease(TaskRegistry registry, Entry entry)
        {
            _registry = registry;
            _entry = entry;
            Interlocked.Increment(ref entry.Users);
        }

        public TaskActor Actor => _entry.Actor;

        public void Dispose()
        {
            if (Interlocked.Decrement(ref _entry.Users) == 0 && !_entry.Actor.IsBusy)
            {
                _registry.Retire(_entry.Actor.Id);
            }
        }
    }

    internal sealed class Entry(TaskActor actor)
    {
        public int Users;

        public TaskActor Actor { get; } = actor;
    }
}
