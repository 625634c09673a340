using Agent.Ide.Git;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Setup;

/// <summary>Cleans up by itself: some moments after the coordinator's start, every hour, and when it ends.</summary>
public sealed class WorktreeUpkeep
{
    /// <summary>Whoever started the coordinator has the machine to themselves first.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Nobody waits long for a coordinator that was asked to end; what is left is done by the next one.</summary>
    private static readonly TimeSpan LastBound = TimeSpan.FromSeconds(5);

    private readonly TaskWorktrees _worktrees;
    private readonly Func<TimeSpan> _age;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <param name="worktrees">Cleans up.</param>
    /// <param name="age">Of a worktree that no task needs, from when on it is removed.</param>
    /// <param name="time">Between two times.</param>
    /// <param name="logger">For what nobody asked for and nobody is told.</param>
    public WorktreeUpkeep(TaskWorktrees worktrees, Func<TimeSpan> age, TimeProvider time, ILogger logger)
    {
        _worktrees = worktrees;
        _age = age;
        _time = time;
        _logger = logger;
    }

    /// <summary>Runs until the coordinator ends, and once more then.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await Task.Delay(Delay, _time, stopping);
            using var timer = new PeriodicTimer(Interval, _time);
            do
            {
                await PruneAsync(stopping);
            }
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            using var bound = new CancellationTokenSource(LastBound, _time);
            try
            {
                await PruneAsync(bound.Token);
            }
            catch (OperationCanceledException)
            {
                // The next coordinator goes on.
            }
        }
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        try
        {
            var result = await _worktrees.PruneAsync(new PruneRequest { OlderThan = _age() }, cancellationToken);
            if (result.Removed.Count + result.Refs.Count > 0)
            {
                _logger.LogInformation("Cleaned up {Worktrees} worktrees and {Refs} refs.", result.Removed.Count, result.Refs.Count);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It is nobody's request, and whatever is wrong must not end the coordinator: the next time tries again.
            _logger.LogWarning(e, "The clean-up of worktrees failed.");
        }
    }
}
