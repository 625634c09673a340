using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Core.Loop;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Disk;

/// <summary>Runs a task's commands while the size of its worktree is watched.</summary>
internal sealed class DiskWatchedCommands
{
    private readonly CommandRunner _commands;
    private readonly WorktreeDisk _disk;

    public DiskWatchedCommands(CommandRunner commands, WorktreeDisk disk)
    {
        _commands = commands;
        _disk = disk;
    }

    /// <inheritdoc cref="CommandRunner.RunAsync"/>
    /// <exception cref="TaskLimitException">The worktree passed its limit; the command was ended.</exception>
    public async Task<CommandResult> RunAsync(CommandRequest request, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var full = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(full, ended.Token);
        try
        {
            var result = await _commands.RunAsync(request, full.Token);
            await ended.CancelAsync();
            if (await watching || await _disk.IsOverAsync(cancellationToken))
            {
                throw new TaskLimitException(_disk.Error);
            }

            return result;
        }
        catch (OperationCanceledException) when (full.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TaskLimitException(_disk.Error);
        }
        finally
        {
            await ended.CancelAsync();
            await watching;
        }
    }

    /// <returns>True when the worktree was over its limit, and the command was told to end.</returns>
    private async Task<bool> WatchAsync(CancellationTokenSource full, CancellationToken ended)
    {
        try
        {
            await _disk.WatchAsync(ended);
            await full.CancelAsync();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
