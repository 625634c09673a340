using System.Text;
using Agent.Ide.JsonRpc;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Worker;

namespace Agent.Ide.Coordinator.Sandboxing.Workers;

/// <summary>One running tool host. It is used until it dies and then replaced, never repaired.</summary>
public sealed class WorkerProcess : IAsyncDisposable
{
    private const int MaxErrorBytes = 8 * 1024;
    private static readonly TimeSpan s_endPatience = TimeSpan.FromSeconds(2);

    private readonly ChildProcess _child;
    private readonly RpcConnection _connection;
    private readonly Task<string> _error;

    private WorkerProcess(ChildProcess child)
    {
        _child = child;
        _connection = new RpcConnection(child.StandardOutput, child.StandardInput, new RpcRouter());
        _error = ReadTailAsync(child.StandardError);
        _connection.Start();
    }

    /// <summary>On the host; the sandbox's launcher where there is one.</summary>
    public int ProcessId => _child.Id;

    public bool HasEnded => _connection.Completion.IsCompleted || _child.HasExited;

    /// <summary>Starts a host for one worktree, in the sandbox where one works.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static async Task<WorkerProcess> StartAsync(
        ISandbox sandbox, WorkerProgram program, SandboxPolicy policy, IReadOnlyDictionary<string, string> hostEnvironment)
    {
        string[] arguments = [.. program.Arguments, "--root", policy.WorktreePath];
        var mounts = (sandbox as BubblewrapSandbox)?.Mounts ?? SystemMounts.OfHost(hostEnvironment);
        var environment = SandboxEnvironment.ForWorker(hostEnvironment, mounts);
        var child = sandbox.IsAvailable
            ? await sandbox.StartAsync(
                policy with { ReadOnlyPaths = [.. policy.ReadOnlyPaths, .. program.ReadOnlyPaths], Network = SandboxNetwork.None },
                new SandboxedProgram { FileName = program.FileName, Arguments = arguments, Environment = environment })
            : ChildProcess.Start(new ProcessStart
            {
                FileName = program.FileName,
                Arguments = arguments,
                Environment = environment,
                WorkingDirectory = policy.WorktreePath,
            });
        return new WorkerProcess(child);
    }

    /// <exception cref="WorkerDiedException">The host ended in the middle of the call; what the call did is unknown.</exception>
    /// <exception cref="RpcErrorException">The host refused the call.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the host was told to stop, but has not confirmed it.</exception>
    public async Task<WorkerExecuteResult> ExecuteAsync(WorkerExecuteParams call, CancellationToken cancellationToken)
    {
        try
        {
            return await _connection.InvokeAsync(
                WorkerMethods.Execute, call, WorkerJson.Default.WorkerExecuteParams, WorkerJson.Default.WorkerExecuteResult, cancellationToken);
        }
        catch (Exception exception) when (exception is ConnectionClosedException or RpcMalformedResponseException or IOException)
        {
            throw await DeathAsync(exception);
        }
    }

    /// <exception cref="WorkerDiedException">The host could not start or has ended.</exception>
    public async Task<WorkerPingResult> PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _connection.InvokeAsync(
                WorkerMethods.Ping, new WorkerPingParams(), WorkerJson.Default.WorkerPingParams, WorkerJson.Default.WorkerPingResult, cancellationToken);
        }
        catch (Exception exception) when (exception is ConnectionClosedException or RpcMalformedResponseException or IOException)
        {
            throw await DeathAsync(exception);
        }
    }

    /// <summary>Ends it without asking: whatever it does stops now.</summary>
    public void Kill() => _child.KillTree();

    public async ValueTask DisposeAsync()
    {
        // Closing its input is how a host is told to end.
        await _connection.DisposeAsync();
        try
        {
            using var patience = new CancellationTokenSource(s_endPatience);
            await _child.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _child.KillTree();
        }

        await _child.DisposeAsync();
    }

    private async Task<WorkerDiedException> DeathAsync(Exception cause)
    {
        int? exitCode = null;
        var said = string.Empty;
        try
        {
            using var patience = new CancellationTokenSource(s_endPatience);
            exitCode = await _child.WaitForExitAsync(patience.Token);
            said = await _error.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // It closed its output but lives on; whoever holds it ends it.
        }

        var how = exitCode is null ? "closed its connection" : $"ended with exit code {exitCode}";
        return new WorkerDiedException($"The tool host {how}{(said.Length > 0 ? $": {said}" : ".")}", cause);
    }

    private static async Task<string> ReadTailAsync(Stream stream)
    {
        var tail = new byte[MaxErrorBytes];
        var length = 0;
        var buffer = new byte[2048];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer)) > 0)
            {
                var overflow = Math.Max(0, length + read - tail.Length);
                Buffer.BlockCopy(tail, overflow, tail, 0, length - overflow);
                length -= overflow;
                Buffer.BlockCopy(buffer, 0, tail, length, read);
                length += read;
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process was disposed of while it was read; what came until then is enough.
        }

        return Encoding.UTF8.GetString(tail, 0, length).Trim();
    }
}

/// <summary>A tool host ended while it was needed. The message holds its exit code and the end of its standard error.</summary>
public sealed class WorkerDiedException : Exception
{
    public WorkerDiedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
