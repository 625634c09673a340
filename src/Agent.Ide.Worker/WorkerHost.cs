using Agent.Ide.Core.Tools;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Worker;
using Agent.Ide.Worker.Files;

namespace Agent.Ide.Worker;

/// <summary>
/// Serves tool calls on two streams until the caller closes them. Keeps nothing between calls: a host that died is replaced
/// by another, and only the call it was in is lost.
/// </summary>
public static class WorkerHost
{
    /// <summary>A call's arguments hold a file at most.</summary>
    private const int MaxMessageBytes = 64 * 1024 * 1024;

    /// <summary>Ends when the input ends or <c>worker/shutdown</c> was answered.</summary>
    /// <param name="input">Usually standard input; owned from here on.</param>
    /// <param name="output">Usually standard output; owned from here on.</param>
    /// <param name="worktreeRoot">The only folder the tools touch.</param>
    /// <param name="cancellationToken">Ends the host.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="RpcFramingException">What came in are no messages.</exception>
    public static async Task RunAsync(Stream input, Stream output, string worktreeRoot, CancellationToken cancellationToken)
    {
        using var files = WorktreeFiles.Open(worktreeRoot);
        var executor = new ToolExecutor(WorkerTools.For(files, Environment.GetEnvironmentVariable("PATH")), TimeProvider.System);
        var shutdown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ping = new WorkerPingResult(Environment.ProcessId, executor.Labels);
        var router = new RpcRouter()
            .OnRequest(
                WorkerMethods.Execute,
                WorkerJson.Default.WorkerExecuteParams,
                WorkerJson.Default.WorkerExecuteResult,
                async (call, token) => ToWire(await executor.ExecuteAsync(call, token)))
            .OnRequest(
                WorkerMethods.Ping,
                WorkerJson.Default.WorkerPingParams,
                WorkerJson.Default.WorkerPingResult,
                (_, _) => Task.FromResult(ping))
            .OnRequest(
                WorkerMethods.Shutdown,
                WorkerJson.Default.WorkerPingParams,
                WorkerJson.Default.WorkerPingResult,
                (_, _) =>
                {
                    shutdown.TrySetResult();
                    return Task.FromResult(ping);
                });
        await using var connection = new RpcConnection(input, output, router, new RpcConnectionOptions { MaxMessageBytes = MaxMessageBytes });
        connection.Start();
        await await Task.WhenAny(connection.Completion, shutdown.Task).WaitAsync(cancellationToken);
    }

    private static WorkerExecuteResult ToWire(ToolOutcome outcome) =>
        new(outcome.Content, outcome.Summary, outcome.ChangedPaths ?? [], outcome.ErrorCode);
}
