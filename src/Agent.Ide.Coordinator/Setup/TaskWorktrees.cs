using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol.Setup;

namespace Agent.Ide.Coordinator.Setup;

/// <summary>Lists the worktrees, and cleans up those that no task needs any more.</summary>
public sealed class TaskWorktrees
{
    private readonly Worktrees _worktrees;
    private readonly TaskRegistry _tasks;
    private readonly AuditLog _audit;

    public TaskWorktrees(Worktrees worktrees, TaskRegistry tasks, AuditLog audit)
    {
        _worktrees = worktrees;
        _tasks = tasks;
        _audit = audit;
    }

    public async Task<WorktreesResult> ListAsync(CancellationToken cancellationToken) => new(
        [.. (await _worktrees.ListAsync(cancellationToken)).Select(worktree => new TaskWorktree(
            _tasks.Exists(worktree.Id) ? worktree.Id : null,
            worktree.Root,
            worktree.Branch,
            _tasks.Exists(worktree.Id) ? _tasks.View(worktree.Id).State : "orphan"))]);

    /// <summary>Removes what is left of merged and discarded tasks, and of none. Each is pinned first.</summary>
    public async Task<PruneResult> PruneAsync(CancellationToken cancellationToken)
    {
        var removed = new List<PrunedWorktree>();
        foreach (var worktree in await _worktrees.ListAsync(cancellationToken))
        {
            if (_tasks.Exists(worktree.Id) && _tasks.View(worktree.Id).State is not ("merged" or "discarded"))
            {
                continue;
            }

            var kept = await _worktrees.RemoveAsync(worktree, deleteBranch: true, cancellationToken);
            _audit.Write("prune", worktree.Id, "removed", kept.KeptRef, kept.NotKept.Count > 0 ? "not kept: " + TaskGit.Describe(kept.NotKept) : null);
            removed.Add(new PrunedWorktree(worktree.Root, kept.KeptRef));
        }

        foreach (var id in await _worktrees.PruneAsync(cancellationToken))
        {
            _audit.Write("prune", id, "metadata removed, its folder was gone");
        }

        return new PruneResult(removed);
    }
}
