using System.Globalization;
using System.Text.Json.Nodes;
using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Coordinator.Sandboxing.Limits.Disk;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>
/// Runs a task's setup commands in its worktree before the agent starts, each as <c>run_command</c> runs one: in a sandbox of its own, or,
/// where there is none, after a person has allowed that very command. What is done is in the log, so that whoever goes on begins with the
/// command that was not.
/// </summary>
internal sealed class SetupRunner
{
    private const string Tool = "setup";
    private const string NoSandbox = "noSandbox";
    private const int MaxShownCharacters = 200;

    private readonly TaskGit _git;
    private readonly CommandRunner _commands;
    private readonly TimeProvider _time;
    private readonly IStandingApprovals _approvals;

    public SetupRunner(TaskGit git, CommandRunner commands, IStandingApprovals approvals, TimeProvider time)
    {
        _time = time;
        _approvals = approvals;
        _git = git;
        _commands = commands;
    }

    /// <returns>False when the task waits for an approval.</returns>
    /// <exception cref="RequestFailedException">A command failed or was denied.</exception>
    /// <exception cref="OperationCanceledException">Stopped; what a command had started is dead.</exception>
    public async Task<bool> RunAsync(TaskLog log, CancellationToken cancellationToken)
    {
        var commands = log.Snapshot.Created.Settings.Setup;
        if (log.Snapshot.State is not (TaskState.Preparing or TaskState.Running))
        {
            log.Append(new TaskStateChanged { To = TaskState.Running });
        }

        if (_commands.IsSandboxed && log.Snapshot.Setup.Done < commands.Count && !NetworkIsAnswered(log))
        {
            return false;
        }

        var worktree = await _git.FindAsync(log.Snapshot, cancellationToken);
        if (log.Snapshot.Setup.Open is not null)
        {
            // A command that died with its coordinator had nobody to take its repositories away.
            await _git.TakeNestedRepositoriesAsync(worktree, cancellationToken);
        }

        var policy = SandboxPolicy.ForWorktree(worktree.Root, _git.Store.Repository.CommonDirectory);
        if (log.Snapshot is { NetworkAllowed: true, Created.Settings.Network: TaskSettings.FullNetwork })
        {
            policy = policy with { Network = SandboxNetwork.Full };
        }

        while (log.Snapshot.Setup.Done < commands.Count)
        {
            var number = log.Snapshot.Setup.Done + 1;
            if (!_commands.IsSandboxed && !await IsAllowedAsync(log, number, cancellationToken))
            {
                return false;
            }

            await RunAsync(log, number, worktree, policy, cancellationToken);
        }

        log.Append(await _git.StoreSetupAsync(log.Snapshot, worktree, cancellationToken));
        return true;
    }

    private async Task RunAsync(TaskLog log, int number, Worktree worktree, SandboxPolicy policy, CancellationToken cancellationToken)
    {
        var task = log.Snapshot;
        var command = task.Created.Settings.Setup[number - 1];
        var path = Path.Combine(_git.Store.Repository.CommonDirectory, "agent-ide", "logs", $"{task.Id}-setup.log");
        using var output = new SetupLog(path);
        output.Line($"$ {command}");
        var disk = new WorktreeDisk(task.Id, policy.WorktreePath, task.Limits.DiskMb, _time);
        var stored = log.Append(new SetupStarted { Number = number, Command = command, Log = path });
        CommandResult result;
        IReadOnlyList<string> taken;
        try
        {
            (result, taken) = await new WorktreeCommands(_git, _commands, worktree, disk).RunAsync(
                new CommandRequest
                {
                    Command = command,
                    Policy = policy,
                    Limits = ResourceLimits.Of(stored.Limits) with { YieldsProcessor = true },
                    Timeout = TimeSpan.FromSeconds(stored.TimeSeconds),
                    Requirement = _commands.IsSandboxed ? SandboxRequirement.Sandboxed : SandboxRequirement.ApprovedUnsandboxed,
                    OnOutput = output.Append,
                },
                cancellationToken);
        }
        catch (Exception e) when (e is ArgumentException or SandboxUnavailableException)
        {
            output.Line($"(not run: {e.Message})");
            log.Append(new SetupFinished { Number = number });
            throw Failure(task, number, $"was not run: {e.Message}", path, "`agent-ide doctor` tells what is missing.", ExitCodes.Environment, e);
        }
        catch (OperationCanceledException)
        {
            output.Line("(stopped)");
            throw;
        }
        catch (TaskLimitException e)
        {
            output.Line($"(ended: {e.Message})");
            log.Append(new SetupFinished { Number = number });
            throw;
        }

        output.Line($"({result.Describe()}){WorktreeCommands.DescribeTaken(taken)}");
        log.Append(new SetupFinished { Number = number, ExitCode = result.ExitCode, DurationMs = (long)result.Duration.TotalMilliseconds });
        if (result.TimedOut)
        {
            var seconds = stored.TimeSeconds.ToString(CultureInfo.InvariantCulture);
            throw Failure(task, number, $"took longer than {seconds} s and was killed (resource_limits.time_seconds)", path, null);
        }

        if (result.ExitCode != 0)
        {
            throw Failure(task, number, $"failed: {result.Describe()}", path, null);
        }
    }

    /// <summary>Whether a person has allowed this very command to run in the open; asks where nobody has.</summary>
    private async Task<bool> IsAllowedAsync(TaskLog log, int number, CancellationToken cancellationToken)
    {
        var task = log.Snapshot;
        var command = task.Created.Settings.Setup[number - 1];
        var arguments = new JsonObject { ["command"] = command }.ToJsonString();
        if (task.AllowedAlways.Exists(allowed => allowed.Tool == Tool && allowed.Arguments == arguments && allowed.Reason == NoSandbox))
        {
            return true;
        }

        var call = TaskSetup.CallOf(number);
        var approval = task.Approvals.Find(pending => pending.Request.CallId == call);
        if (approval is { Decision: ApprovalDecision.Deny })
        {
            throw Denied(log, number, "was denied", $"`agent-ide resume {task.Id}` asks again.");
        }

        if (approval is { Decision: not null })
        {
            return true;
        }

        if (approval is null)
        {
            var request = new ApprovalRequested { CallId = call, Tool = Tool, Summary = command, Arguments = arguments, Reason = NoSandbox };
            if (await _approvals.CoverAsync(task.Id, request, cancellationToken))
            {
                log.Append(new StandingApprovalUsed { Request = request });
                return true;
            }

            log.Append(request);
        }

        if (task.Created.Unattended)
        {
            log.Append(new ApprovalAnswered { CallId = call, Decision = ApprovalDecision.Deny, By = ApprovalAnswered.ByNobody });
            throw Denied(
                log,
                number,
                "needs a person's approval because there is no sandbox here, and nobody can be asked",
                "Install bubblewrap (see `agent-ide doctor`), or run the task where its approvals can be answered.");
        }

        Wait(log);
        return false;
    }

    /// <summary>Whether a person has said whether the task's commands may have the network; asks where nobody has.</summary>
    private static bool NetworkIsAnswered(TaskLog log)
    {
        var task = log.Snapshot;
        if (task.Created.Settings.Network != TaskSettings.FullNetwork || task.NetworkAllowed is not null)
        {
            return true;
        }

        if (!task.Approvals.Exists(pending => pending.Request.CallId == ApprovalRules.NetworkCall))
        {
            log.Append(ApprovalRules.RequestNetwork());
        }

        if (task.Created.Unattended)
        {
            log.Append(new ApprovalAnswered { CallId = ApprovalRules.NetworkCall, Decision = ApprovalDecision.Deny, By = ApprovalAnswered.ByNobody });
            throw new RequestFailedException(
                "approvalUnavailable",
                "The network needs a person's approval in each task, and nobody can be asked.",
                "Allow it when the task is made (`agent-ide run --network full --allow-network`), or set `network: none`.",
                ExitCodes.Denied);
        }

        Wait(log);
        return false;
    }

    private static void Wait(TaskLog log)
    {
        if (log.Snapshot.State == TaskState.Preparing)
        {
            log.Append(new TaskStateChanged { To = TaskState.Running });
        }

        log.Append(new TaskStateChanged { To = TaskState.WaitingForApproval });
    }

    /// <summary>The answer counts once: who resumes the task is asked again.</summary>
    private static RequestFailedException Denied(TaskLog log, int number, string what, string hint)
    {
        log.Append(new SetupFinished { Number = number });
        return new RequestFailedException("setupDenied", $"{Name(log.Snapshot, number)} {what}.", hint, ExitCodes.Denied);
    }

    private static RequestFailedException Failure(
        TaskSnapshot task, int number, string what, string log, string? hint, int exitCode = ExitCodes.Failed, Exception? cause = null) => new(
        "setupFailed",
        $"{Name(task, number)} {what}. Its output: {log}",
        hint ?? $"Look at the output. `agent-ide resume {task.Id}` runs it again, without those before it; with another `setup`, start a new task.",
        exitCode,
        cause);

    private static string Name(TaskSnapshot task, int number) =>
        $"Setup command {number} of {task.Created.Settings.Setup.Count} of task {task.Id} (`{OneLine.Of(task.Created.Settings.Setup[number - 1], MaxShownCharacters)}`)";
}
