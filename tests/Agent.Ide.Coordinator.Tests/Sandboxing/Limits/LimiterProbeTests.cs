using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;
using Agent.Ide.Coordinator.Sandboxing.Limits.Watchdog;
using Agent.Ide.Processes;
using Agent.Ide.Testing.Machines;

namespace Agent.Ide.Coordinator.Tests.Sandboxing.Limits;

public sealed class LimiterProbeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agent-ide-test-").FullName;

    private string Unified => Path.Combine(_folder, "unified");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Mounts_OfAHybridMachine_AreTheOwnGroupOfEachControllerAndTheUnifiedOnesAbove()
    {
        const string MountInfo = """
            24 1 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw
            25 24 0:23 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            26 24 0:24 /docker/1 /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory
            27 24 0:25 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer
            28 24 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """;
        const string Membership = "4:memory:/docker/1/inner\n3:cpu,cpuacct:/user\n2:freezer:/\n0::/user.slice/a.scope\n";

        CgroupMounts.Find(MountInfo, Membership).ShouldBe(
        [
            new(1, "/sys/fs/cgroup/cpu,cpuacct/user", CgroupControllers.Processor),
            new(1, "/sys/fs/cgroup/memory/inner", CgroupControllers.Memory),
            new(2, "/sys/fs/cgroup/unified/user.slice/a.scope", CgroupControllers.All),
            new(2, "/sys/fs/cgroup/unified/user.slice", CgroupControllers.All),
            new(2, "/sys/fs/cgroup/unified", CgroupControllers.All),
        ]);
    }

    [Theory]
    [InlineData("/", "/../../other")]
    [InlineData("/container", "/elsewhere")]
    public void Mounts_WhereTheOwnGroupIsNotShown_AreWhatIsShown(string root, string own) =>
        CgroupMounts.Find($"28 24 0:26 {root} /mnt rw - cgroup2 cgroup2 rw", $"0::{own}").ShouldBe([new(2, "/mnt", CgroupControllers.All)]);

    [NeedsFact(Need.Linux)]
    public async Task Group_OfVersion2_HoldsItsProgramAndReadsItsCounters()
    {
        MakeUnified("memory pids cpu", "memory pids cpu");
        var limiter = new CgroupLimiter([new CgroupPlace(2, Unified, CgroupControllers.All)], "agent-ide-x-", null, TimeProvider.System);
        var group = limiter.Open(new ResourceLimits { MemoryBytes = 64L * 1024 * 1024, CpuPercent = 150, Processes = 20, YieldsProcessor = true });
        var folder = Directory.GetDirectories(Unified).Single();

        Read("memory.max").ShouldBe("67108864");
        Read("pids.max").ShouldBe("20");
        Read("cpu.max").ShouldBe("150000 100000");
        var result = await ChildProcess.RunAsync(group.Enter(new ProcessStart { FileName = "/bin/sh", Arguments = ["-c", "echo $$ \"$1\"", "sh", "two words"] }));
        result.OutputText.ShouldBe($"{Read("cgroup.procs")} two words\n");
        group.Verdict().ShouldBeNull();
        File.WriteAllText(Path.Combine(folder, "pids.events"), "max 3\n");
        group.Verdict().ShouldBe(new LimitReached(LimitKind.Processes, 20));
        File.WriteAllText(Path.Combine(folder, "memory.events"), "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 1\n");
        group.Verdict().ShouldBe(new LimitReached(LimitKind.Memory, 64));

        // A folder that is no group cannot be removed with its files in it; this test's own removes it.
        File.WriteAllText(Path.Combine(folder, "cgroup.procs"), string.Empty);

        string Read(string file) => File.ReadAllText(Path.Combine(folder, file)).Trim();
    }

    [NeedsFact(Need.Linux)]
    public async Task Probe_WhereNothingOffersControllers_IsAWatchdogThatSaysWhy()
    {
        MakeUnified(string.Empty, string.Empty);
        var limiter = await Probe($"28 24 0:26 / {Unified} rw - cgroup2 cgroup2 rw", "0::/").FindAsync();

        limiter.ShouldBeOfType<WatchdogLimiter>();
        limiter.Description.ShouldContain("offers no controllers");
        limiter.Fix!.ShouldContain("Delegate=yes");
    }

    [NeedsFact(Need.Linux)]
    public async Task Probe_WhereOnlySomeControllersAreOffered_WatchesTheRest()
    {
        MakeUnified("memory pids", "pids");
        var limiter = await Probe($"28 24 0:26 / {Unified} rw - cgroup2 cgroup2 rw", "0::/").FindAsync();

        limiter.Description.ShouldBe("control groups v2 for processes; without a controller for memory, processor, there a watchdog over the process tree for memory");
    }

    [CgroupFact]
    public async Task Probe_OnThisMachine_LeavesNoGroupBehind_AndRemovesThoseOfAKilledOne()
    {
        var owner = $"owner {Guid.NewGuid():N}";
        var places = Path.Combine(_folder, "places");
        var first = await new LimiterProbe(owner, places, TimeProvider.System).FindAsync();
        var group = first.Open(ResourceLimits.Default);
        await using var left = ChildProcess.Start(group.Enter(new ProcessStart { FileName = "/bin/sleep", Arguments = ["600"] }));
        group.Watch(left);
        var folders = File.ReadAllLines(places);
        while (folders.Any(folder => !Members(folder).Contains($"{left.Id}")))
        {
            left.HasExited.ShouldBeFalse();
            await Task.Yield();
        }

        // Nobody disposes of the group: its owner was killed. Another one's is none of its business.
        await using var others = HostLimiter.Limiter.Open(ResourceLimits.Default);
        await new LimiterProbe(owner, places, TimeProvider.System).FindAsync();

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await left.WaitForExitAsync(patience.Token);
        folders.SelectMany(Members).ShouldNotContain($"{left.Id}");
        others.Verdict().ShouldBeNull();
        await group.DisposeAsync();

        static string[] Members(string folder) => [.. Directory.GetDirectories(folder, "agent-ide-*").SelectMany(group => Lines(Path.Combine(group, "cgroup.procs")))];
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (IOException)
        {
            return []; // Another test's group, which is gone by now.
        }
    }

    private static LimiterProbe Probe(string mountInfo, string membership) =>
        new($"owner {Guid.NewGuid():N}", null, TimeProvider.System, () => (mountInfo, membership));

    private void MakeUnified(string controllers, string enabled)
    {
        Directory.CreateDirectory(Unified);
        File.WriteAllText(Path.Combine(Unified, "cgroup.controllers"), controllers + "\n");
        File.WriteAllText(Path.Combine(Unified, "cgroup.subtree_control"), enabled + "\n");
        File.WriteAllText(Path.Combine(Unified, "cgroup.procs"), string.Empty);
    }
}
