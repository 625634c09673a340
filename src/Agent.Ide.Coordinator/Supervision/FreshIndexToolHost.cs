using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tools;
using Agent.Ide.Git;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>
/// Brings the worktree's index up to its branch before each command: checkpoints leave it behind, and a command that asks
/// git what changed would be misled by it.
/// </summary>
internal sealed class FreshIndexToolHost : IToolHost
{
    private readonly IToolHost _inner;
    private readonly Worktree _worktree;
    private readonly TaskGit _git;

    public FreshIndexToolHost(IToolHost inner, Worktree worktree, TaskGit git)
    {
        _inner = inner;
        _worktree = worktree;
        _git = git;
    }

    public bool IsSandboxed => _inner.IsSandboxed;

    public async Task<ToolOutcome> ExecuteAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        if (invocation.Tool == BuiltInTools.RunCommand)
        {
            await _git.RefreshIndexAsync(_worktree, cancellationToken);
        }

        return await _inner.ExecuteAsync(invocation, cancellationToken);
    }
}
