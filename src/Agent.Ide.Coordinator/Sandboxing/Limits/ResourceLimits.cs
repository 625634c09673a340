using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Sandboxing.Limits;

/// <summary>What one sandbox (a worker, or one command with everything it starts) may use of the machine.</summary>
public sealed record ResourceLimits
{
    // The runtime with its threads, and ripgrep with one for each core.
    private const long LeastWorkerBytes = 256L * 1024 * 1024;
    private const int LeastWorkerProcesses = 128;

    /// <summary>The defaults of the configuration.</summary>
    public static ResourceLimits Default { get; } = Of(new TaskLimits());

    /// <summary>Bytes of memory, private memory file systems included.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Share of the processors; 100 is one core.</summary>
    public required int CpuPercent { get; init; }

    /// <summary>Processes and threads at once.</summary>
    public required int Processes { get; init; }

    /// <summary>Where the processor is short, everything else on the machine goes first.</summary>
    public bool YieldsProcessor { get; init; }

    /// <summary>For a task's worker: its own, but never so little that the tool host itself cannot start.</summary>
    public ResourceLimits ForWorker() => this with { MemoryBytes = Math.Max(MemoryBytes, LeastWorkerBytes), Processes = Math.Max(Processes, LeastWorkerProcesses) };

    public static ResourceLimits Of(TaskLimits limits) => new()
    {
        MemoryBytes = limits.MemoryMb * 1024L * 1024L,
        CpuPercent = limits.CpuPercent,
        Processes = limits.Processes,
    };
}
