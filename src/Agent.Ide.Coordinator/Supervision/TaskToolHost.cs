using System.ComponentModel;
using System.Text.Json;
using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Coordinator.Sandboxing.Limits.Disk;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tools;
using Agent.Ide.Git;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Worker;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>
/// Runs one task's tools behind the sandbox: file and search tools in a worker that is started when first needed and
/// replaced when it dies, commands each in a sandbox of its own.
/// </summary>
public sealed class TaskToolHost : IToolHost, IAsyncDisposable
{
    private readonly Worktree _worktree;
    private readonly SandboxPolicy _policy;
    private readonly ResourceLimits _limits;
    private readonly WorkerLauncher _launcher;
    private readonly WorktreeCommands _commands;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _starting = new(1, 1);
    private WorkerProcess? _worker;

    internal TaskToolHost(
        Worktree worktree,
        TaskGit git,
        SandboxPolicy policy,
        ResourceLimits limits,
        WorktreeDisk disk,
        WorkerLauncher launcher,
        CommandRunner commands,
        ILogger logger)
    {
        _worktree = worktree;
        _policy = policy;
        _limits = limits;
        _launcher = launcher;
        _commands = new WorktreeCommands(git, commands, worktree, disk);
        IsSandboxed = commands.IsSandboxed;
        _logger = logger;
    }

    public bool IsSandboxed { get; }

    /// <summary>Starts the worker ahead of its first call, so that it comes up while the model thinks.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WorkerAsync(cancellationToken);
        }
        catch (Exception e) when (e is Win32Exception or SandboxUnavailableException or OperationCanceledException)
        {
            // The first call tries again, and reports what is wrong to whom it concerns.
        }
    }

    public Task<ToolOutcome> ExecuteAsync(ToolInvocation invocation, CancellationToken cancellationToken) =>
        invocation.Tool == BuiltInTools.RunCommand
            ? RunCommandAsync(invocation, cancellationToken)
            : RunInWorkerAsync(invocation, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _starting.WaitAsync();
        if (_worker is { } worker)
        {
            _worker = null;
            await worker.DisposeAsync();
        }

        _starting.Dispose();
    }

    private async Task<ToolOutcome> RunInWorkerAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        WorkerProcess worker;
        try
        {
            worker = await WorkerAsync(cancellationToken);
        }
        catch (Exception e) when (e is Win32Exception or SandboxUnavailableException)
        {
            throw new RequestFailedException(
                "workerFailed", $"The worker could not be started: {e.Message}", "`agent-ide doctor` tells what is missing.", Protocol.ExitCodes.Environment, e);
        }

        try
        {
            var result = await worker.ExecuteAsync(invocation, cancellationToken);
            return new ToolOutcome
            {
                Content = result.Content,
                Summary = result.Summary,
                ChangedPaths = result.ChangedPaths,
                ErrorCode = result.ErrorCode,
            };
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for the call any more: it must not go on changing files while its step is committed.
            await DropAsync(worker);
            throw;
        }
        catch (RpcMessageTooLargeException e)
        {
            return ToolOutcome.Error(ToolErrors.TooLarge, e.Message);
        }
        catch (Exception e) when (e is RpcErrorException or RpcMalformedResponseException)
        {
            _logger.LogWarning(e, "Worker {Pid} of {Worktree} failed at {Tool}.", worker.Id, _worktree.Id, invocation.Tool);
            await DropAsync(worker);
            return ToolOutcome.Error(ToolErrors.Failed, $"The tool host failed while it ran {invocation.Tool}: {e.Message}") with { ChangedPaths = null };
        }
        catch (ConnectionClosedException)
        {
            // It died alone: the next call gets a new one, and the model hears what became of this one. What the call
            // had changed by then is found by looking.
            var end = await worker.DescribeEndAsync();
            _logger.LogWarning("Worker {Pid} of {Worktree} died: {End}.", worker.Id, _worktree.Id, end);
            var outcome = ToolOutcome.Error(
                ToolErrors.Interrupted, $"The tool host died while it ran {invocation.Tool}. Check what was changed before you repeat the call.");
            return outcome with { ChangedPaths = null };
        }
    }

    private async Task<ToolOutcome> RunCommandAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var arguments = JsonSerializer.Deserialize(invocation.Arguments, ToolArgumentsJson.Default.RunCommandArguments)!;
        CommandResult result;
        IReadOnlyList<string> taken;
        try
        {
            (result, taken) = await _commands.RunAsync(
                new CommandRequest
                {
                    Command = arguments.Command,
                    Policy = invocation.Network ? _policy with { Network = SandboxNetwork.Full } : _policy,
                    Limits = _limits with { YieldsProcessor = true },
                    Timeout = invocation.Timeout,
                    Requirement = invocation.Unsandboxed ? SandboxRequirement.ApprovedUnsandboxed : SandboxRequirement.Sandboxed,
                },
                cancellationToken);
        }
        catch (ArgumentException e)
        {
            return ToolOutcome.Error(ToolErrors.InvalidArguments, e.Message);
        }
        catch (SandboxUnavailableException e)
        {
            return ToolOutcome.Error(ToolErrors.Denied, $"The command was not run: {e.Message}");
        }

        var end = result.Describe();
        return new ToolOutcome
        {
            Content = Describe(result, end) + WorktreeCommands.DescribeTaken(taken),
            Summary = Summarise(arguments.Command, end),
            ErrorCode = result.Limit is { } limit ? limit.ErrorCode : result.TimedOut ? ToolErrors.Timeout : result.ExitCode == 0 ? null : ToolErrors.CommandFailed,
            ChangedPaths = null,
        };
    }

    private async Task<WorkerProcess> WorkerAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (_worker is { Ended.IsCompleted: true } dead)
            {
                _worker = null;
                await dead.DisposeAsync();
            }

            return _worker ??= WorkerProcess.Over(await _launcher.StartAsync(_policy, _limits.ForWorker()), _logger);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Kills a worker; the next call gets another.</summary>
    private async Task DropAsync(WorkerProcess worker)
    {
        await _starting.WaitAsync(CancellationToken.None);
        try
        {
            if (_worker == worker)
            {
                _worker = null;
                await worker.DisposeAsync();
            }
        }
        finally
        {
            _starting.Release();
        }
    }

    private static string Describe(CommandResult result, string end)
    {
        var told = result.Limit?.Explain() ?? (result.Output.Length == 0 ? $"({end}, no output)" : $"({end})");
        return result.Output.Length == 0 ? told : $"{result.Output.TrimEnd('\n')}\n{told}";
    }

    private static string Summarise(string command, string end)
    {
        const int MaxCommandCharacters = 60;
        var line = command.ReplaceLineEndings(" ");
        return $"{(line.Length <= MaxCommandCharacters ? line : line[..(MaxCommandCharacters - 1)] + "…")} ({end})";
    }
}
