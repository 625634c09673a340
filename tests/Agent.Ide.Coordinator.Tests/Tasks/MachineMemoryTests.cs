using Agent.Ide.Coordinator.Tasks;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class MachineMemoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agent-ide-test-").FullName;

    private string Group => Path.Combine(_folder, "group");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(16_000, 8_000, 0, null)]
    [InlineData(16_000, 700, 0, "700 MB of this machine are free, another agent starts at 800 MB")]
    [InlineData(2_000, 450, 0, "450 MB of this machine are free, another agent starts at 500 MB")]
    [InlineData(256_000, 2_100, 0, null)]
    [InlineData(16_000, 2_000, 35, "processes waited for memory in 35 % of the last 10 s")]
    [InlineData(16_000, 8_000, 35, null)]
    public void Shortage_OfAMachine_IsToldByWhatIsAvailableAndByPressure(long total, long available, int pressure, string? expected)
    {
        Machine(total, available, pressure);

        new MachineMemory(_folder, []).Shortage().ShouldBe(expected);
    }

    [Theory]
    [InlineData("memory.max", "memory.current", "inactive_file")]
    [InlineData("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")]
    public void Shortage_OfTheGroupTheCoordinatorIsIn_CountsFilesAsFree(string limit, string used, string files)
    {
        Machine(64_000, 32_000, 0);
        Directory.CreateDirectory(Group);
        Write(limit, 4_000_000_000);
        Write(used, 3_900_000_000);
        File.WriteAllText(Path.Combine(Group, "memory.stat"), $"anon 1\n{files} 0\n");
        var memory = new MachineMemory(_folder, [Group]);

        memory.Shortage()!.ShouldContain("control group");
        File.WriteAllText(Path.Combine(Group, "memory.stat"), $"anon 1\n{files} 3000000000\n");
        memory.Shortage().ShouldBeNull();
    }

    [Fact]
    public void Shortage_WhereTheSystemTellsNothing_IsNone() => new MachineMemory(Path.Combine(_folder, "missing"), [Group]).Shortage().ShouldBeNull();

    private void Machine(long totalMb, long availableMb, int pressure)
    {
        File.WriteAllText(Path.Combine(_folder, "meminfo"), $"MemTotal:       {totalMb * 1024} kB\nMemFree: 1 kB\nMemAvailable:   {availableMb * 1024} kB\n");
        Directory.CreateDirectory(Path.Combine(_folder, "pressure"));
        File.WriteAllText(Path.Combine(_folder, "pressure", "memory"), $"some avg10={pressure}.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
    }

    private void Write(string file, long value) => File.WriteAllText(Path.Combine(Group, file), $"{value}\n");
}
