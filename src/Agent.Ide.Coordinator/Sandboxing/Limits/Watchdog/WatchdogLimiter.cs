using Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Watchdog;

/// <summary>
/// Limits where there are no control groups: by looking at the process tree again and again. It needs no rights. It is
/// slower than a kernel: a program may be over its limit for some tenths of a second before it is ended.
/// </summary>
internal sealed class WatchdogLimiter : IResourceLimiter
{
    private readonly CgroupControllers _watched;
    private readonly TimeProvider _time;

    /// <param name="watched">What nothing else limits here.</param>
    /// <param name="reason">Why it has to be a watchdog; null where that is said elsewhere.</param>
    /// <param name="fix">How to get what is better.</param>
    /// <param name="time">For the intervals between two looks.</param>
    public WatchdogLimiter(CgroupControllers watched, string? reason, string? fix, TimeProvider time)
    {
        _watched = watched;
        _time = time;
        var text = $"a watchdog over the process tree for {CgroupLimiter.Names(watched & ~CgroupControllers.Processor)}";
        Description = reason is null ? text : $"{text}, the processor by priority only, because {reason}";
        Fix = fix;
    }

    public string Description { get; }

    public string? Fix { get; }

    public ResourceGroup Open(ResourceLimits limits) => new WatchdogGroup(_watched, limits, _time);
}
