using System.Globalization;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Disk;

/// <summary>
/// Holds a task's worktree below its limit on disk. A walk tells what it takes; between two walks the free space of the file
/// system tells whether another is needed: a worktree cannot have grown by more than the disk has lost. Linux only; elsewhere
/// nothing is measured.
/// </summary>
internal sealed class WorktreeDisk
{
    /// <summary>How often the free space is asked for while a command runs; a microsecond each.</summary>
    private static readonly TimeSpan s_polling = TimeSpan.FromMilliseconds(100);

    /// <summary>Walked at least this often while a command runs: somebody else may free what the worktree takes.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    /// <summary>The pause after a walk is at least this many times as long as the walk took.</summary>
    private const int PauseFactor = 10;

    private readonly string _task;
    private readonly string _root;
    private readonly long _limit;
    private readonly TimeProvider _time;
    private long _used = -1;
    private long? _freeAtWalk;
    private long _walkedAt;
    private TimeSpan _walkTook;

    /// <param name="task">Id, for the message.</param>
    /// <param name="root">The worktree; absolute, without links.</param>
    /// <param name="limitMb">Megabytes it may take.</param>
    /// <param name="time">For the intervals.</param>
    public WorktreeDisk(string task, string root, int limitMb, TimeProvider time)
    {
        _task = task;
        _root = root;
        _limit = limitMb * 1024L * 1024L;
        _time = time;
    }

    /// <summary>What a worktree over its limit means for its task, and what can be done.</summary>
    public TaskError Error => new(
        "diskLimit",
        string.Create(
            CultureInfo.InvariantCulture,
            $"The worktree of task {_task} takes more than {_limit / (1024 * 1024)} MB on disk, its limit (resource_limits.disk_mb)."),
        $"The work so far is kept, what the last step left in {_root} too. Raise resource_limits.disk_mb, or delete there what is too large; then `agent-ide resume {_task}`.");

    /// <summary>Walks where the walk before tells nothing any more. Not while <see cref="WatchAsync"/> runs.</summary>
    public Task<bool> IsOverAsync(CancellationToken cancellationToken) => Task.Run(() => IsOver(mayWait: false, cancellationToken), cancellationToken);

    /// <summary>Completes when the worktree is over its limit.</summary>
    /// <exception cref="OperationCanceledException">The command ended first.</exception>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_polling, _time);
        while (!await Task.Run(() => IsOver(mayWait: true, cancellationToken), cancellationToken))
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private bool IsOver(bool mayWait, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var free = DiskUsage.FreeBytes(_root);
        if (IsKnown(free, mayWait))
        {
            return _used > _limit;
        }

        var started = _time.GetTimestamp();
        _used = DiskUsage.Measure(_root, _limit, cancellationToken);
        _freeAtWalk = free;
        _walkedAt = _time.GetTimestamp();
        _walkTook = _time.GetElapsedTime(started, _walkedAt);
        return _used > _limit;
    }

    /// <summary>Whether the last walk still tells that there is room.</summary>
    private bool IsKnown(long? free, bool mayWait)
    {
        if (_used < 0 || _used > _limit)
        {
            return false;
        }

        var pause = _time.GetElapsedTime(_walkedAt);
        var least = _walkTook * PauseFactor;
        if (mayWait && pause < least)
        {
            return true;
        }

        var lost = free is { } now && _freeAtWalk is { } before ? before - now : long.MaxValue;
        return lost < _limit - _used && pause < (least > s_longest ? least : s_longest);
    }
}
