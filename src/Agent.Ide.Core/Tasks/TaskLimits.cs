namespace Agent.Ide.Core.Tasks;

/// <summary>What one task may use of the machine. Defaults are the contract's; the keys are <c>resource_limits.*</c>.</summary>
public sealed record TaskLimits
{
    /// <summary>Megabytes of memory, of the worker and of each command.</summary>
    public int MemoryMb { get; init; } = 4096;

    /// <summary>Share of the processors, of the worker and of each command; 100 is one core.</summary>
    public int CpuPercent { get; init; } = 200;

    /// <summary>Processes and threads at once, of the worker and of each command.</summary>
    public int Processes { get; init; } = 256;

    /// <summary>Megabytes on disk of the worktree.</summary>
    public int DiskMb { get; init; } = 5120;
}
