using System.IO.Pipes;
using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Worker;

namespace Agent.Ide.Worker.Tests;

public sealed class WorkerHostTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Host_ExecutesCallsAndEndsWhenItsInputEnds()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.txt", "hello\n");
        var (client, host) = Connect(worktree);
        await using (client)
        {
            var ping = await client.InvokeAsync(
                WorkerMethods.Ping, new WorkerPingParams(), WorkerJson.Default.WorkerPingParams, WorkerJson.Default.WorkerPingResult, CancellationToken.None);
            ping.Tools.ShouldBe(
                ["read_file v1", "write_file v1", "edit_file v1", "delete_file v1", "move_file v1", "list_files v1", "search_codebase v1"]);
            (await CallAsync(client, BuiltInTools.ReadFile, """{"path":"a.txt"}""")).Content.ShouldBe("hello\n");
            var written = await CallAsync(client, BuiltInTools.WriteFile, """{"path":"b/c.txt","content":"x"}""");
            written.ChangedPaths.ShouldBe(["b/c.txt"]);
            written.ErrorCode.ShouldBeNull();
        }

        await host.WaitAsync(s_patience);
    }

    [Fact]
    public async Task Host_AnswersBadCallsWithErrorsAndGoesOn()
    {
        using var worktree = new TemporaryWorktree();
        var (client, host) = Connect(worktree);
        await using (client)
        {
            (await CallAsync(client, "rm_rf", "{}")).ErrorCode.ShouldBe(ToolErrors.UnknownTool);
            (await CallAsync(client, BuiltInTools.ReadFile, "{}")).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
            (await CallAsync(client, BuiltInTools.ReadFile, """{"path":"a","extra":1}""")).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
            (await CallAsync(client, BuiltInTools.ReadFile, """{"path":null}""")).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
            (await CallAsync(client, BuiltInTools.ReadFile, """{"path":"../x"}""")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
            (await CallAsync(client, BuiltInTools.ListFiles, "{}")).ErrorCode.ShouldBeNull();
        }

        await host.WaitAsync(s_patience);
    }

    [Fact]
    public async Task Host_EndsAfterShutdown()
    {
        using var worktree = new TemporaryWorktree();
        var (client, host) = Connect(worktree);
        await using (client)
        {
            await client.InvokeAsync(
                WorkerMethods.Shutdown, new WorkerPingParams(), WorkerJson.Default.WorkerPingParams, WorkerJson.Default.WorkerPingResult, CancellationToken.None);
            await host.WaitAsync(s_patience);
        }
    }

    private static Task<WorkerExecuteResult> CallAsync(RpcConnection client, string tool, string arguments)
    {
        using var document = JsonDocument.Parse(arguments);
        return client.InvokeAsync(
            WorkerMethods.Execute,
            new WorkerExecuteParams(tool, 1, document.RootElement.Clone(), 10_000),
            WorkerJson.Default.WorkerExecuteParams,
            WorkerJson.Default.WorkerExecuteResult,
            CancellationToken.None);
    }

    private static (RpcConnection Client, Task Host) Connect(TemporaryWorktree worktree)
    {
        var toHost = new AnonymousPipeServerStream(PipeDirection.Out);
        var fromHost = new AnonymousPipeServerStream(PipeDirection.In);
        var host = WorkerHost.RunAsync(
            new AnonymousPipeClientStream(PipeDirection.In, toHost.ClientSafePipeHandle),
            new AnonymousPipeClientStream(PipeDirection.Out, fromHost.ClientSafePipeHandle),
            worktree.Root,
            CancellationToken.None);
        var client = new RpcConnection(fromHost, toHost, new RpcRouter());
        client.Start();
        return (client, host);
    }
}
