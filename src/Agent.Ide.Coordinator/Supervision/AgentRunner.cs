using Agent.Ide.Coordinator.Conversations;
using Agent.Ide.Coordinator.Models;
using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Coordinator.Sandboxing.Limits.Disk;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>Runs a task's loop until it waits, ends or is cancelled, with everything the loop works with.</summary>
public sealed class AgentRunner
{
    private readonly TaskGit _git;
    private readonly TaskModels _models;
    private readonly IArtifacts _artifacts;
    private readonly WorkerLauncher _launcher;
    private readonly CommandRunner _commands;
    private readonly IStandingApprovals _approvals;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public AgentRunner(
        TaskGit git,
        TaskModels models,
        IArtifacts artifacts,
        WorkerLauncher launcher,
        CommandRunner commands,
        IStandingApprovals approvals,
        TimeProvider time,
        ILogger logger)
    {
        _approvals = approvals;
        _git = git;
        _models = models;
        _artifacts = artifacts;
        _launcher = launcher;
        _commands = commands;
        _time = time;
        _logger = logger;
    }

    /// <summary>Runs what of the task's setup commands is not done; the task has its worktree when this is called.</summary>
    /// <returns>False when the task waits for an approval.</returns>
    /// <exception cref="RequestFailedException">A command failed or was denied; the task is to fail with that.</exception>
    public Task<bool> SetUpAsync(TaskLog log, CancellationToken cancellationToken) =>
        new SetupRunner(_git, _commands, _approvals, _time).RunAsync(log, cancellationToken);

    /// <summary>The task is running and has its worktree when this is called.</summary>
    public async Task RunAsync(TaskLog log, CancellationToken cancellationToken)
    {
        var task = log.Snapshot;
        var worktree = await _git.FindAsync(task, cancellationToken);
        var policy = SandboxPolicy.ForWorktree(worktree.Root, _git.Store.Repository.CommonDirectory);
        if (task.OpenStep is not null)
        {
            // A command that died with its coordinator had nobody to take its repositories away.
            await _git.TakeNestedRepositoriesAsync(worktree, cancellationToken);
        }

        var disk = new WorktreeDisk(task.Id, policy.WorktreePath, task.Limits.DiskMb, _time);
        if (task.OpenStep is not null && await disk.IsOverAsync(cancellationToken))
        {
            // What the open step left would be committed first of all, and so take as much again.
            throw new TaskLimitException(disk.Error);
        }

        await using var tools = new TaskToolHost(worktree, _git, policy, ResourceLimits.Of(task.Limits), disk, _launcher, _commands, _logger);
        var warmingUp = tools.WarmUpAsync(cancellationToken);
        await using var measured = new MeasuredLog(log, _git, _time, _logger);
        using var recorder = RecorderOf(log);
        await using var recorded = new RecordedLog(measured, recorder);
        try
        {
            using var model = await _models.ClientOfAsync(task.Created, cancellationToken);
            var loop = new AgentLoop(new LoopPorts
            {
                Log = recorded,
                Model = model,
                ModelWindow = task.Created.ModelWindow,
                Tools = tools,
                Checkpoints = _git.CheckpointsOf(task, worktree),
                Artifacts = _artifacts,
                Approvals = _approvals,
                Time = _time,
            });
            await loop.RunAsync(cancellationToken);
        }
        finally
        {
            await warmingUp;
        }

        await RefreshIndexAsync(worktree);
    }

    /// <summary>What writes a task's conversation into git notes; one at a time for a task.</summary>
    public ConversationRecorder RecorderOf(TaskLog log) => new(log, new GitNotes(_git.Store), _artifacts, _logger);

    /// <summary>Whoever looks at the worktree next, a person or the editor's git, must see it as it is.</summary>
    private async Task RefreshIndexAsync(Worktree worktree)
    {
        try
        {
            await _git.RefreshIndexAsync(worktree, CancellationToken.None);
        }
        catch (GitException e)
        {
            _logger.LogWarning(e, "The index of the worktree of task {Task} could not be brought up to date.", worktree.Id);
        }
    }
}
