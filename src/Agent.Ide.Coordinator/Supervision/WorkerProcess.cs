using System.Text;
using System.Text.Json;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Core.Loop;
using Agent.Ide.JsonRpc;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Worker;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>One running tool host: its process and the connection to it. Disposing it ends both.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private const int MaxComplaintCharacters = 4_000;

    /// <summary>How long a worker whose connection ended may take to end itself.</summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    private readonly ChildProcess _process;
    private readonly ResourceGroup _group;
    private readonly CancellationTokenSource _disposing = new();
    private readonly Task _limiting;
    private readonly RpcConnection _connection;
    private readonly Task<string> _complaints;

    private WorkerProcess(StartedWorker worker, ILogger logger)
    {
        var process = worker.Process;
        _process = process;
        _group = worker.Group;
        _complaints = ReadComplaintsAsync(process.StandardError);
        _connection = new RpcConnection(process.StandardOutput, process.StandardInput, new RpcRouter(), new RpcConnectionOptions
        {
            OnProblem = (message, exception) => logger.LogWarning(exception, "Worker {Pid}: {Message}", process.Id, message),
        });
        _connection.Start();
        _limiting = EndAtLimitAsync();
    }

    public int Id => _process.Id;

    /// <summary>Ends when the worker is gone.</summary>
    public Task Ended => _connection.Completion;

    /// <param name="worker">A tool host that <see cref="WorkerLauncher"/> started; owned from here on.</param>
    /// <param name="logger">Hears of messages that make no sense.</param>
    public static WorkerProcess Over(StartedWorker worker, ILogger logger) => new(worker, logger);

    /// <exception cref="ConnectionClosedException">The worker died before it answered.</exception>
    public async Task<WorkerExecuteResult> ExecuteAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        using var arguments = JsonDocument.Parse(invocation.Arguments);
        return await _connection.InvokeAsync(
            WorkerMethods.Execute,
            new WorkerExecuteParams(invocation.Tool, invocation.Version, arguments.RootElement, (int)invocation.Timeout.TotalMilliseconds),
            WorkerJson.Default.WorkerExecuteParams,
            WorkerJson.Default.WorkerExecuteResult,
            cancellationToken);
    }

    /// <summary>How it ended, for the log: exit code and the tail of what it complained about.</summary>
    public async Task<string> DescribeEndAsync()
    {
        using var patience = new CancellationTokenSource(s_farewell);
        int exitCode;
        try
        {
            exitCode = await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Its connection is gone and it lives on: it is of no use, and must not be waited for.
            _process.KillTree();
            exitCode = await _process.WaitForExitAsync(CancellationToken.None);
        }

        var complaints = (await _complaints).Trim();
        var end = _group.Verdict() is { } limit ? $"{limit.Describe()} ({limit.Key})" : $"exit code {exitCode}";
        return complaints.Length == 0 ? end : $"{end}, saying: {complaints}";
    }

    public async ValueTask DisposeAsync()
    {
        // A worker holds nothing that is not stored: it needs no farewell.
        await _disposing.CancelAsync();
        await _limiting;
        _disposing.Dispose();
        await _process.DisposeAsync();
        await _connection.DisposeAsync();
        await _complaints;
        await _group.DisposeAsync();
    }

    /// <summary>A worker that outgrows its limits dies alone, like any that dies.</summary>
    private async Task EndAtLimitAsync()
    {
        try
        {
            await _group.Reached.WaitAsync(_disposing.Token);
            _process.KillTree();
        }
        catch (OperationCanceledException)
        {
            // It is being disposed of, and never met one.
        }
    }

    private static async Task<string> ReadComplaintsAsync(Stream stream)
    {
        var tail = string.Empty;
        var buffer = new byte[1024];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer)) > 0)
            {
                tail += Encoding.UTF8.GetString(buffer, 0, read);
                tail = tail.Length > MaxComplaintCharacters ? tail[^MaxComplaintCharacters..] : tail;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process was disposed of; what it said until then is enough.
        }

        return tail;
    }
}
