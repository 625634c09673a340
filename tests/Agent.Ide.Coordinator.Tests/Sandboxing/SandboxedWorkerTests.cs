using System.Globalization;
using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Coordinator.Supervision;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tools;
using Agent.Ide.JsonRpc;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Worker;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.Coordinator.Tests.Sandboxing;

public sealed class SandboxedWorkerTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    [SandboxFact]
    public async Task Worker_RunsFileToolsOnItsWorktree()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        await using var worker = await StartAsync(repository);
        var written = await CallAsync(worker, BuiltInTools.WriteFile, """{"path":"new.txt","content":"from the worker\n"}""");
        written.ErrorCode.ShouldBeNull(written.Content);
        written.ChangedPaths.ShouldBe(["new.txt"]);
        (await repository.RunAsync("cat new.txt")).Output.ShouldBe("from the worker\n");
        (await CallAsync(worker, BuiltInTools.ReadFile, """{"path":"new.txt"}""")).Content.ShouldBe("from the worker\n");
        (await CallAsync(worker, BuiltInTools.SearchCodebase, """{"pattern":"worker","kind":"text"}""")).Content.ShouldBe("new.txt\n1: from the worker");
        File.ReadAllText(Path.Combine(repository.Own, "new.txt")).ShouldBe("from the worker\n");
    }

    [SandboxFact]
    public async Task Worker_CannotReachWhatItsSandboxHides()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        File.CreateSymbolicLink(Path.Combine(repository.Own, "link"), Path.Combine(repository.Repository.Path, "uncommitted.txt"));
        await using var worker = await StartAsync(repository);
        (await CallAsync(worker, BuiltInTools.ReadFile, """{"path":"link"}""")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);

        // The wall holds without the path checks, too: what the worker's own root shows is asked of the kernel.
        var root = $"/proc/{ProcessOf(worker)}/root";
        File.Exists($"{root}{repository.Own}/tracked.txt").ShouldBeTrue();
        File.Exists($"{root}{repository.Repository.Path}/uncommitted.txt").ShouldBeFalse();
        Directory.Exists($"{root}{repository.Other}").ShouldBeFalse();
        Directory.Exists($"{root}{repository.Common}/agent-ide").ShouldBeFalse();
        Directory.Exists($"{root}/home/agent").ShouldBeTrue();
        File.ReadAllLines($"/proc/{ProcessOf(worker)}/net/dev").Length.ShouldBe(3);
    }

    [SandboxFact]
    public async Task Worker_StartedFromAThreadThatEnds_LivesOn()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        WorkerProcess? started = null;
        var thread = new Thread(() =>
        {
            started = StartAsync(repository).GetAwaiter().GetResult();
            CallAsync(started, BuiltInTools.ListFiles, "{}").GetAwaiter().GetResult();
        });
        thread.Start();
        thread.Join();
        await using var worker = started.ShouldNotBeNull();
        for (var i = 0; i < 50; i++)
        {
            (await CallAsync(worker, BuiltInTools.ListFiles, "{}")).Content.ShouldBe("src/a.txt\ntracked.txt");
        }

        worker.Ended.IsCompleted.ShouldBeFalse();
    }

    [SandboxFact]
    public async Task Worker_ThatIsKilled_EndsItsConnectionAndSaysHow()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        await using var worker = await StartAsync(repository);
        await CallAsync(worker, BuiltInTools.ListFiles, "{}");
        ChildProcess.Kill(ProcessOf(worker));
        await Should.ThrowAsync<ConnectionClosedException>(() => CallAsync(worker, BuiltInTools.ListFiles, "{}"));
        (await worker.DescribeEndAsync()).ShouldContain("exit code 137");
    }

    [SandboxFact]
    public async Task Worker_EndsWithItsOwner()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var worker = await StartAsync(repository);
        await CallAsync(worker, BuiltInTools.ListFiles, "{}");
        var process = ProcessOf(worker);
        await worker.DisposeAsync();
        using var patience = new CancellationTokenSource(s_limit);
        while (Directory.Exists($"/proc/{process}"))
        {
            await Task.Delay(1, patience.Token);
        }
    }

    [SandboxFact]
    public async Task Worker_DoesNotGrowWithUse()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        for (var i = 0; i < 200; i++)
        {
            File.WriteAllText(Path.Combine(repository.Own, "src", $"file{i}.txt"), string.Concat(Enumerable.Repeat($"line of file {i}\n", 500)));
        }

        await using var worker = await StartAsync(repository);
        for (var i = 0; i < 30; i++)
        {
            await CallAsync(worker, BuiltInTools.ReadFile, $$"""{"path":"src/file{{i}}.txt"}""");
            await CallAsync(worker, BuiltInTools.EditFile, $$"""{"path":"src/file{{i}}.txt","old_text":"line","new_text":"row","replace_all":true}""");
            await CallAsync(worker, BuiltInTools.SearchCodebase, """{"pattern":"file 7","kind":"text"}""");
        }

        // The shipped executable is precompiled and smaller; this bound catches what grows with use.
        var status = File.ReadLines($"/proc/{ProcessOf(worker)}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        int.Parse(status["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture).ShouldBeLessThan(80 * 1024, status);
    }

    [Fact]
    public async Task Worker_WithoutASandbox_StillChecksItsPaths()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        await using var worker = await StartAsync(repository, new NoSandbox("There is none.", "Install one."));
        (await CallAsync(worker, BuiltInTools.ReadFile, """{"path":"tracked.txt"}""")).Content.ShouldBe("committed\n");
        (await CallAsync(worker, BuiltInTools.ReadFile, """{"path":"../other/other.txt"}""")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
    }

    private static async Task<WorkerProcess> StartAsync(SandboxedRepository repository, ISandbox? sandbox = null)
    {
        string[] command = [Path.Combine(SystemMounts.DotnetRoot(), "dotnet"), typeof(WorkerMain).Assembly.Location, "worker"];
        var environment = SandboxEnvironment.ForWorker(HostSandbox.Environment, SystemMounts.OfHost(HostSandbox.Environment));
        var launcher = new WorkerLauncher(sandbox ?? HostSandbox.Sandbox, HostLimiter.Limiter, command, environment);
        return WorkerProcess.Over(await launcher.StartAsync(repository.Policy with { Network = SandboxNetwork.Full }, ResourceLimits.Default), NullLogger.Instance);
    }

    private static Task<WorkerExecuteResult> CallAsync(WorkerProcess worker, string tool, string arguments) =>
        worker.ExecuteAsync(new ToolInvocation(tool, 1, arguments, s_limit), CancellationToken.None);

    /// <summary>The worker itself: the youngest descendant of the sandbox's launcher.</summary>
    private static int ProcessOf(WorkerProcess worker)
    {
        var process = worker.Id;
        while (File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var child, ..])
        {
            process = int.Parse(child, CultureInfo.InvariantCulture);
        }

        return process;
    }
}
