using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;
using Agent.Ide.Coordinator.Sandboxing.Limits.Watchdog;
using Agent.Ide.Core.Tools;
using Agent.Ide.Testing.Machines;

namespace Agent.Ide.Coordinator.Tests.Sandboxing.Limits;

/// <summary>Greedy commands against each way of limiting them, on the real kernel.</summary>
public sealed class LimitedCommandTests
{
    private const string ForkBomb = "bomb() { bomb | bomb & }; bomb; sleep 60";

    private static readonly ResourceLimits s_small =
        new() { MemoryBytes = 96L * 1024 * 1024, CpuPercent = 100, Processes = 40, YieldsProcessor = true };

    [SandboxTheory]
    [LimiterData("cgroups")]
    [LimiterData("watchdog")]
    public async Task Run_OfAMemoryHog_IsEndedAndNamesTheLimit(string limiter)
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var result = await RunAsync(repository, limiter, "echo before; head -c 800M /dev/zero | tail | wc -c; echo after; sleep 60");
        result.Limit.ShouldBe(new LimitReached(LimitKind.Memory, 96));
        result.Limit!.ErrorCode.ShouldBe(ToolErrors.MemoryLimit);
        result.Limit!.Explain().ShouldContain("resource_limits.memory_mb");
        result.ExitCode.ShouldBeNull();
        result.TimedOut.ShouldBeFalse();
        result.Output.ShouldStartWith("before\n");
        result.Duration.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [SandboxTheory]
    [LimiterData("cgroups")]
    [LimiterData("watchdog")]
    public async Task Run_OfAHogThatFillsThePrivateFolders_IsEnded(string limiter)
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var result = await RunAsync(repository, limiter, "for folder in /tmp $HOME /var/tmp; do head -c 40M /dev/zero > $folder/hog; sleep 0.1; done; sleep 60; true");
        result.Limit.ShouldBe(new LimitReached(LimitKind.Memory, 96), result.Output);
    }

    [SandboxTheory]
    [LimiterData("cgroups")]
    [LimiterData("watchdog")]
    public async Task Run_OfAForkBomb_IsEndedAndNamesTheLimit(string limiter)
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var mark = $"1000{Random.Shared.Next(100000, 999999)}";
        var result = await RunAsync(repository, limiter, $"(setsid sleep {mark} &); {ForkBomb}");
        result.Limit.ShouldBe(new LimitReached(LimitKind.Processes, 40));
        result.Limit!.ErrorCode.ShouldBe(ToolErrors.ProcessLimit);
        result.Limit!.Explain().ShouldContain("resource_limits.processes");
        result.Duration.ShouldBeLessThan(TimeSpan.FromSeconds(20));
        SandboxedRepository.IsRunning(mark).ShouldBeFalse();
    }

    [SandboxTheory]
    [LimiterData("cgroups")]
    [LimiterData("watchdog")]
    public async Task Run_OfAThrowawayOfThreads_IsEnded(string limiter)
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        const string Threads = "use threads; threads->create(sub { sleep 30 }) for 1..200; sleep 30";
        var result = await RunAsync(repository, limiter, $"/usr/bin/perl -e '{Threads}'");
        result.Limit.ShouldBe(new LimitReached(LimitKind.Processes, 40));
    }

    [SandboxTheory]
    [LimiterData("cgroups")]
    [LimiterData("watchdog")]
    public async Task Run_WithinItsLimits_IsLeftAlone(string limiter)
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var result = await RunAsync(repository, limiter, "head -c 20M /dev/zero | tail | wc -c; for i in 1 2 3 4 5; do sleep 0.3 & done; wait; exit 3");
        result.Limit.ShouldBeNull();
        result.ExitCode.ShouldBe(3);
        result.Output.ShouldBe("20971520\n");
    }

    [CgroupFact(CgroupControllers.Processor, sandboxed: true)]
    public async Task Run_OfASpinner_HasNoMoreThanItsShareOfTheProcessor()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        // The share counts over all it starts: two that spin under half a processor have half of one between them.
        var result = await RunAsync(
            repository, "cgroups", "timeout 2 sh -c 'while :; do :; done' & timeout 2 sh -c 'while :; do :; done' & wait; times", s_small with { CpuPercent = 50 });
        var used = result.Output.TrimEnd().Split('\n')[^1].Split(' ').Sum(Seconds);
        used.ShouldBeLessThan(1.5, result.Output);
    }

    [SandboxTheory]
    [LimiterData("cgroups")]
    [LimiterData("watchdog")]
    public async Task Run_OfManyGreedyOnesAtOnce_EndsEachByItself(string limiter)
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var hog = RunAsync(repository, limiter, "head -c 800M /dev/zero | tail; sleep 60");
        var bomb = RunAsync(repository, limiter, ForkBomb);
        var quiet = RunAsync(repository, limiter, "sleep 0.5; echo quiet");
        var result = await quiet;
        result.Output.ShouldBe("quiet\n");
        result.Limit.ShouldBeNull();
        (await hog).Limit!.Kind.ShouldBe(LimitKind.Memory);
        (await bomb).Limit!.Kind.ShouldBe(LimitKind.Processes);
    }

    [NeedsFact(Need.Linux)]
    public async Task Run_InTheOpen_IsLimitedToo()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        foreach (var limiter in new[] { "cgroups", "watchdog" })
        {
            if (Limiter(limiter) is not { } means)
            {
                continue;
            }

            var result = await SandboxedRepository.Runner(new NoSandbox("None.", "Install one."), means).RunAsync(
                Request(repository, "head -c 800M /dev/zero | tail; sleep 60", s_small) with { Requirement = SandboxRequirement.ApprovedUnsandboxed },
                CancellationToken.None);
            result.Limit.ShouldBe(new LimitReached(LimitKind.Memory, 96));
        }
    }

    private static double Seconds(string time)
    {
        var parts = time.TrimEnd('s').Split('m');
        return (int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture) * 60) + double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Task<CommandResult> RunAsync(SandboxedRepository repository, string limiter, string command, ResourceLimits? limits = null) =>
        SandboxedRepository.Runner(null, Limiter(limiter)!).RunAsync(Request(repository, command, limits ?? s_small), CancellationToken.None);

    private static CommandRequest Request(SandboxedRepository repository, string command, ResourceLimits limits) =>
        new() { Command = command, Policy = repository.Policy, Timeout = TimeSpan.FromSeconds(30), Limits = limits };

    private static IResourceLimiter? Limiter(string name) => name == "cgroups"
        ? HostLimiter.Limiter as CgroupLimiter
        : new WatchdogLimiter(CgroupControllers.Memory | CgroupControllers.Processes, "this is a test", null, TimeProvider.System);
}
