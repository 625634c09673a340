using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Coordinator.Sandboxing.Limits.Disk;
using Agent.Ide.Coordinator.Supervision;
using Agent.Ide.Coordinator.Tests.Sandboxing;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tools;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class TaskToolHostTests
{
    private static readonly NoSandbox s_none = new("There is none.", "Install one.");

    [Fact]
    public async Task Execute_ThatIsCancelled_KillsTheWorkerBeforeItReturns()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        var mark = $"hanging-{Guid.NewGuid():N}";
        await using var host = await HostAsync(task, ["/bin/sh", "-c", "while :; do sleep 1; done", mark]);
        await host.WarmUpAsync(CancellationToken.None);
        SandboxedRepository.IsRunning(mark).ShouldBeTrue();
        using var cancelled = new CancellationTokenSource();

        var call = host.ExecuteAsync(new ToolInvocation(BuiltInTools.WriteFile, 1, "{}", TimeSpan.FromMinutes(1), false), cancelled.Token);
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => call);
        SandboxedRepository.IsRunning(mark).ShouldBeFalse();
    }

    [Fact]
    public async Task Execute_OnAWorkerThatStopsTalkingButLivesOn_IsInterruptedInsteadOfWaiting()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await using var host = await HostAsync(task, ["/bin/sh", "-c", "exec 1>&-; while :; do sleep 1; done", "mute"]);

        var outcome = await host
            .ExecuteAsync(new ToolInvocation(BuiltInTools.WriteFile, 1, "{}", TimeSpan.FromMinutes(1), false), CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(20));

        outcome.ErrorCode.ShouldBe(ToolErrors.Interrupted);
        outcome.ChangedPaths.ShouldBeNull();
    }

    [Fact]
    public async Task RunCommand_WithoutASandboxAndWithoutApproval_IsDenied()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await using var host = await HostAsync(task, ["/bin/true"]);

        var outcome = await host.ExecuteAsync(
            new ToolInvocation(BuiltInTools.RunCommand, 1, """{"command":"true"}""", TimeSpan.FromSeconds(10), false), CancellationToken.None);

        outcome.ErrorCode.ShouldBe(ToolErrors.Denied);
    }

    private static async Task<TaskToolHost> HostAsync(LiveTask task, string[] worker, ISandbox? sandbox = null, int diskMb = 5120)
    {
        var worktree = await task.Git.FindAsync(task.Log.Snapshot, CancellationToken.None);
        return new TaskToolHost(
            worktree,
            task.Git,
            SandboxPolicy.ForWorktree(worktree.Root, task.Git.Store.Repository.CommonDirectory),
            ResourceLimits.Default,
            new WorktreeDisk(worktree.Id, worktree.Root, diskMb, TimeProvider.System),
            new WorkerLauncher(sandbox ?? s_none, HostLimiter.Limiter, worker, HostSandbox.Environment),
            new CommandRunner(sandbox ?? s_none, HostLimiter.Limiter, HostSandbox.Environment, TimeProvider.System),
            NullLogger.Instance);
    }
}
