using Agent.Ide.Coordinator.Sandboxing.Limits;

namespace Agent.Ide.Coordinator.Sandboxing.Commands;

/// <summary>What a command may do without when no sandbox works.</summary>
public enum SandboxRequirement
{
    /// <summary>It runs in a sandbox or not at all.</summary>
    Sandboxed,

    /// <summary>A person allowed this very command to run in the open. Where a sandbox works it is used all the same.</summary>
    ApprovedUnsandboxed,
}

/// <summary>One command for a shell.</summary>
public sealed record CommandRequest
{
    /// <summary>Longest command line in bytes of UTF-8: Linux refuses a single argument of 128 KiB.</summary>
    public const int MaxCommandBytes = 120 * 1024;

    /// <summary>Text for <c>bash</c> where there is one, else for <c>sh</c>.</summary>
    public required string Command { get; init; }

    public required SandboxPolicy Policy { get; init; }

    /// <summary>Wall-clock time after which everything is killed.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>What it may use; a limit that it meets ends it.</summary>
    public ResourceLimits Limits { get; init; } = ResourceLimits.Default with { YieldsProcessor = true };

    public SandboxRequirement Requirement { get; init; } = SandboxRequirement.Sandboxed;

    /// <summary>How many bytes of the beginning of the output are kept.</summary>
    public int HeadBytes { get; init; } = 16 * 1024;

    /// <summary>How many bytes of the end of the output are kept.</summary>
    public int TailBytes { get; init; } = 16 * 1024;

    /// <summary>Gets the whole output as it comes, cleaned of terminal sequences; what it throws ends the copying.</summary>
    public Action<ReadOnlySpan<byte>>? OnOutput { get; init; }
}
