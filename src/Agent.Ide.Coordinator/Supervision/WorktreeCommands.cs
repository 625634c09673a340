using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Sandboxing.Limits.Disk;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Loop;
using Agent.Ide.Git;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>
/// Runs commands in a task's worktree, the agent's and those of its setup: before one, git shows it what is there; while it runs, the size
/// of the worktree is watched; after it, however it ended, nothing that it made stays behind for somebody's git to obey or to wait at.
/// </summary>
internal sealed class WorktreeCommands
{
    private readonly TaskGit _git;
    private readonly DiskWatchedCommands _commands;
    private readonly Worktree _worktree;

    public WorktreeCommands(TaskGit git, CommandRunner commands, Worktree worktree, WorktreeDisk disk)
    {
        _git = git;
        _worktree = worktree;
        _commands = new DiskWatchedCommands(commands, disk);
    }

    /// <returns>What the command did, and what was taken away, as paths relative to the worktree.</returns>
    /// <inheritdoc cref="DiskWatchedCommands.RunAsync"/>
    public async Task<(CommandResult Result, IReadOnlyList<string> Taken)> RunAsync(CommandRequest request, CancellationToken cancellationToken)
    {
        // The checkpoints leave the index behind; a command that asks git what changed must not be misled by it.
        await _git.RefreshIndexAsync(_worktree, cancellationToken);
        CommandResult result;
        try
        {
            result = await _commands.RunAsync(request, cancellationToken);
        }
        catch
        {
            await _git.TakeNestedRepositoriesAsync(_worktree, CancellationToken.None);
            throw;
        }

        return (result, await _git.TakeNestedRepositoriesAsync(_worktree, CancellationToken.None));
    }

    /// <summary>A sentence about <paramref name="taken"/> with a line break before it; nothing where it is empty.</summary>
    public static string DescribeTaken(IReadOnlyList<string> taken)
    {
        const int MaxNamed = 5;
        return taken.Count == 0
            ? string.Empty
            : $"\n(Repositories, and special files under names that git reads, are not kept inside this one; the files beside them are. Taken away: {string.Join(", ", taken.Take(MaxNamed))}{(taken.Count > MaxNamed ? ", …" : string.Empty)}. Make them below /tmp.)";
    }
}
