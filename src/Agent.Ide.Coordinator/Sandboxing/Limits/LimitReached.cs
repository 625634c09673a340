using System.Globalization;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Coordinator.Sandboxing.Limits;

/// <summary>A limit that a program ran into, which ends it and nothing else.</summary>
public enum LimitKind
{
    Memory,
    Processes,
}

/// <param name="Kind">Which limit.</param>
/// <param name="Value">As the configuration says it: megabytes of memory, or processes.</param>
public sealed record LimitReached(LimitKind Kind, long Value)
{
    /// <summary>The key that raises it.</summary>
    public string Key => Kind == LimitKind.Memory ? "resource_limits.memory_mb" : "resource_limits.processes";

    /// <summary>One of <see cref="ToolErrors"/>.</summary>
    public string ErrorCode => Kind == LimitKind.Memory ? ToolErrors.MemoryLimit : ToolErrors.ProcessLimit;

    /// <summary>A few words: what happened, with the value.</summary>
    public string Describe() => Kind == LimitKind.Memory
        ? string.Create(CultureInfo.InvariantCulture, $"ended at the memory limit of {Value} MB")
        : string.Create(CultureInfo.InvariantCulture, $"ended at the limit of {Value} processes");

    /// <summary>For the model: what happened, why, and what can be done.</summary>
    public string Explain() => Kind == LimitKind.Memory
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"The command and everything it started needed more than {Value} MB of memory, its limit ({Key}), and was ended. Files in /tmp and in the home folder count as memory. Use less of it (fewer parallel jobs, smaller inputs), or ask the user to raise {Key}.")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"The command had {Value} processes and threads at once, its limit ({Key}), and was ended when it started one more. Start fewer at a time (fewer parallel jobs), or ask the user to raise {Key}.");
}
