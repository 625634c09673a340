using System.ComponentModel;
using System.Text.Json;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Sandboxing.Workers;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tools;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Worker;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>Where one task's tools run: its folder, its repository, its network.</summary>
/// <param name="WorktreePath">Of the task.</param>
/// <param name="GitCommonDirectory">Of the repository.</param>
/// <param name="Network">For commands; the worker never has any.</param>
public sealed record TaskPlace(string WorktreePath, string GitCommonDirectory, SandboxNetwork Network = SandboxNetwork.None);

/// <summary>
/// The tools of one task: file and search tools in its worker, which is started when first needed and replaced when it died,
/// and commands each in a sandbox of its own. Calls come one after another.
/// </summary>
public sealed class SandboxedToolHost : IToolHost, IAsyncDisposable
{
    /// <summary>How much longer than a tool's own limit its answer is waited for.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly ISandbox _sandbox;
    private readonly CommandRunner _commands;
    private readonly WorkerProgram _program;
    private readonly TaskPlace _place;
    private readonly IReadOnlyDictionary<string, string> _hostEnvironment;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private WorkerProcess? _worker;

    public SandboxedToolHost(
        ISandbox sandbox,
        CommandRunner commands,
        WorkerProgram program,
        TaskPlace place,
        IReadOnlyDictionary<string, string> hostEnvironment,
        TimeProvider time)
    {
        _sandbox = sandbox;
        _commands = commands;
        _program = program;
        _place = place;
        _hostEnvironment = hostEnvironment;
        _time = time;
    }

    public bool IsSandboxed => _sandbox.IsAvailable;

    /// <summary>Of the running worker's launcher, for measuring; null while there is none.</summary>
    public int? WorkerProcessId => _worker?.ProcessId;

    /// <summary>Starts the worker ahead of the first call, so that it starts while the model thinks.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _worker ??= await StartWorkerAsync();
        }
        catch (Exception exception) when (exception is SandboxUnavailableException or Win32Exception)
        {
            // The first call meets the same and reports it where it can be acted on.
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<ToolOutcome> ExecuteAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return invocation.Tool == BuiltInTools.RunCommand
                ? await RunCommandAsync(invocation, cancellationToken)
                : await CallWorkerAsync(invocation, cancellationToken);
        }
        catch (SandboxUnavailableException exception)
        {
            return ToolOutcome.Error(ToolErrors.Denied, exception.Message);
        }
        catch (Win32Exception exception)
        {
            return ToolOutcome.Error(ToolErrors.Failed, $"{invocation.Tool} could not be started: {exception.Message}");
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndWorkerAsync();
        _turn.Dispose();
    }

    private async Task<ToolOutcome> RunCommandAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var arguments = JsonSerializer.Deserialize(invocation.Arguments, ToolArgumentsJson.Default.RunCommandArguments)!;
        var asked = arguments.TimeoutSeconds is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : invocation.Timeout;
        try
        {
            var result = await _commands.RunAsync(
                new CommandRequest
                {
                    Command = arguments.Command,
                    Policy = Policy(),
                    Timeout = asked < invocation.Timeout ? asked : invocation.Timeout,
                    Requirement = invocation.Unsandboxed ? SandboxRequirement.ApprovedUnsandboxed : SandboxRequirement.Sandboxed,
                },
                cancellationToken);
            return CommandOutcome.Of(arguments.Command, result);
        }
        catch (ArgumentException exception)
        {
            return ToolOutcome.Error(ToolErrors.InvalidArguments, exception.Message);
        }
    }

    private async Task<ToolOutcome> CallWorkerAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        if (_worker is { HasEnded: true })
        {
            await EndWorkerAsync();
        }

        var worker = _worker ??= await StartWorkerAsync();
        using var arguments = JsonDocument.Parse(invocation.Arguments);
        using var patience = new CancellationTokenSource(invocation.Timeout + s_grace, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var result = await worker.ExecuteAsync(
                new WorkerExecuteParams(
                    invocation.Tool, invocation.Version, arguments.RootElement, (int)Math.Min(invocation.Timeout.TotalMilliseconds, int.MaxValue)),
                either.Token);
            return new ToolOutcome
            {
                Content = result.Content,
                Summary = result.Summary,
                ChangedPaths = result.ChangedPaths,
                ErrorCode = result.ErrorCode,
            };
        }
        catch (WorkerDiedException exception)
        {
            await EndWorkerAsync();
            return Unknown(ToolErrors.Interrupted, $"{invocation.Tool} was interrupted: {exception.Message} It may have done its work or not.");
        }
        catch (RpcErrorException exception)
        {
            return Unknown(ToolErrors.Failed, $"{invocation.Tool} failed: {exception.Message}");
        }
        catch (OperationCanceledException)
        {
            // A call that nobody waits for must not go on changing files.
            worker.Kill();
            await EndWorkerAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return Unknown(ToolErrors.Timeout, $"{invocation.Tool} did not end in time and was killed.");
        }
    }

    /// <summary>An error after which only a scan can tell what changed.</summary>
    private static ToolOutcome Unknown(string code, string message) => ToolOutcome.Error(code, message) with { ChangedPaths = null };

    private SandboxPolicy Policy() =>
        SandboxPolicy.ForWorktree(_place.WorktreePath, _place.GitCommonDirectory) with { Network = _place.Network };

    private Task<WorkerProcess> StartWorkerAsync() => WorkerProcess.StartAsync(_sandbox, _program, Policy(), _hostEnvironment);

    private async Task EndWorkerAsync()
    {
        if (_worker is { } worker)
        {
            _worker = null;
            await worker.DisposeAsync();
        }
    }
}
