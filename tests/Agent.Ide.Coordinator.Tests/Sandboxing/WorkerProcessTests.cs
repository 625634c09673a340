using System.Globalization;
using System.Text.Json;
using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Workers;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Coordinator.Tests.Sandboxing;

public sealed class WorkerProcessTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static WorkerProgram Program { get; } = new(
        Path.Combine(SystemMounts.DotnetRoot(), "dotnet"),
        [typeof(WorkerMain).Assembly.Location, "worker"],
        [Path.GetDirectoryName(typeof(WorkerMain).Assembly.Location)!, SystemMounts.DotnetRoot()]);

    [SandboxFact]
    public async Task ToolHost_RunsFileToolsAndCommandsOnTheSameWorktree()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        await using var host = Host(repository);
        host.IsSandboxed.ShouldBeTrue();
        var written = await CallAsync(host, BuiltInTools.WriteFile, """{"path":"new.txt","content":"from the worker\n"}""");
        written.ErrorCode.ShouldBeNull(written.Content);
        written.ChangedPaths.ShouldBe(["new.txt"]);
        var command = await CallAsync(host, BuiltInTools.RunCommand, """{"command":"cat new.txt; echo more >> new.txt; exit 3"}""");
        command.Content.ShouldStartWith("from the worker\n[exit code 3 after ");
        command.ErrorCode.ShouldBe(ToolErrors.CommandFailed);
        command.ChangedPaths.ShouldBeNull();
        command.Summary.ShouldBe("cat new.txt; echo more >> new.txt; exit 3: exit code 3");
        (await CallAsync(host, BuiltInTools.ReadFile, """{"path":"new.txt"}""")).Content.ShouldBe("from the worker\nmore\n");
        (await CallAsync(host, BuiltInTools.SearchCodebase, """{"pattern":"worker","kind":"text"}""")).Content.ShouldBe("new.txt\n1: from the worker");
    }

    [SandboxFact]
    public async Task Worker_CannotReachWhatItsSandboxHides()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        File.CreateSymbolicLink(Path.Combine(repository.Own, "link"), Path.Combine(repository.Repository.Path, "uncommitted.txt"));
        await using var host = Host(repository);
        (await CallAsync(host, BuiltInTools.ReadFile, """{"path":"link"}""")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);

        // The wall holds without the path checks, too: what the worker's own root shows is asked of the kernel.
        File.Exists($"/proc/{WorkerOf(host)}/root{repository.Repository.Path}/uncommitted.txt").ShouldBeFalse();
        Directory.Exists($"/proc/{WorkerOf(host)}/root{repository.Other}").ShouldBeFalse();
        Directory.Exists($"/proc/{WorkerOf(host)}/root{repository.Common}/agent-ide").ShouldBeFalse();
        File.Exists($"/proc/{WorkerOf(host)}/root{repository.Own}/tracked.txt").ShouldBeTrue();
    }

    [SandboxFact]
    public async Task Worker_WhenItDies_IsReplacedAndTheCallReportedAsInterrupted()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        await using var host = Host(repository);
        await CallAsync(host, BuiltInTools.ListFiles, "{}");
        var first = host.WorkerProcessId.ShouldNotBeNull();
        Agent.Ide.Processes.ChildProcess.Kill(WorkerOf(host));

        // Depending on who notices first the call is interrupted or already goes to another worker; both are right, once.
        var outcome = await CallAsync(host, BuiltInTools.ListFiles, "{}");
        if (outcome.ErrorCode is not null)
        {
            outcome.ErrorCode.ShouldBe(ToolErrors.Interrupted);
            outcome.ChangedPaths.ShouldBeNull();
        }

        (await CallAsync(host, BuiltInTools.ListFiles, "{}")).ErrorCode.ShouldBeNull();
        host.WorkerProcessId.ShouldNotBe(first);
    }

    [SandboxFact]
    public async Task Worker_EndsWithItsOwner()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var host = Host(repository);
        await CallAsync(host, BuiltInTools.ListFiles, "{}");
        var worker = WorkerOf(host);
        await host.DisposeAsync();
        Directory.Exists($"/proc/{worker}").ShouldBeFalse();
    }

    [SandboxFact]
    public async Task Worker_DoesNotGrowWithUse()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        for (var i = 0; i < 200; i++)
        {
            File.WriteAllText(Path.Combine(repository.Own, "src", $"file{i}.txt"), string.Concat(Enumerable.Repeat($"line of file {i}\n", 500)));
        }

        await using var host = Host(repository);
        for (var i = 0; i < 40; i++)
        {
            await CallAsync(host, BuiltInTools.ReadFile, $$"""{"path":"src/file{{i}}.txt"}""");
            await CallAsync(host, BuiltInTools.EditFile, $$"""{"path":"src/file{{i}}.txt","old_text":"line","new_text":"row","replace_all":true}""");
            await CallAsync(host, BuiltInTools.SearchCodebase, """{"pattern":"file 7","kind":"text"}""");
        }

        // The shipped executable is precompiled and smaller; this bound catches what grows with use.
        var status = File.ReadLines($"/proc/{WorkerOf(host)}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        int.Parse(status["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture).ShouldBeLessThan(80 * 1024, status);
    }

    [Fact]
    public async Task ToolHost_WithoutASandbox_RunsFileToolsAndDeniesCommands()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        await using var host = Host(repository, new NoSandbox("There is none.", "Install one."));
        host.IsSandboxed.ShouldBeFalse();
        (await CallAsync(host, BuiltInTools.ReadFile, """{"path":"tracked.txt"}""")).Content.ShouldBe("committed\n");
        var denied = await CallAsync(host, BuiltInTools.RunCommand, """{"command":"touch ran"}""");
        denied.ErrorCode.ShouldBe(ToolErrors.Denied);
        File.Exists(Path.Combine(repository.Own, "ran")).ShouldBeFalse();
        (await CallAsync(host, BuiltInTools.RunCommand, """{"command":"touch ran"}""", unsandboxed: true)).ErrorCode.ShouldBeNull();
    }

    [SandboxFact]
    public async Task ToolHost_WhenAProgramCannotStart_SaysWhy()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        await using var host = new SandboxedToolHost(
            HostSandbox.Sandbox, SandboxedRepository.Runner(), new WorkerProgram("/usr/bin/false", [], []), Place(repository), HostSandbox.Environment, TimeProvider.System);
        var outcome = await CallAsync(host, BuiltInTools.ListFiles, "{}");
        outcome.ErrorCode.ShouldBe(ToolErrors.Interrupted);
        outcome.Content.ShouldContain("exit code 1");
    }

    private static TaskPlace Place(SandboxedRepository repository) => new(repository.Own, repository.Common);

    private static SandboxedToolHost Host(SandboxedRepository repository, ISandbox? sandbox = null) => new(
        sandbox ?? HostSandbox.Sandbox, SandboxedRepository.Runner(sandbox), Program, Place(repository), HostSandbox.Environment, TimeProvider.System);

    private static Task<ToolOutcome> CallAsync(SandboxedToolHost host, string tool, string arguments, bool unsandboxed = false)
    {
        using var document = JsonDocument.Parse(arguments);
        return host.ExecuteAsync(new ToolInvocation(tool, 1, arguments, s_limit, unsandboxed), CancellationToken.None);
    }

    /// <summary>The worker itself: the youngest descendant of the sandbox's launcher.</summary>
    private static int WorkerOf(SandboxedToolHost host)
    {
        var process = host.WorkerProcessId.ShouldNotBeNull();
        while (File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var child, ..])
        {
            process = int.Parse(child, CultureInfo.InvariantCulture);
        }

        return process;
    }
}
