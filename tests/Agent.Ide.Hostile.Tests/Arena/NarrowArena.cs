using Agent.Ide.Processes;

namespace Agent.Ide.Hostile.Tests.Arena;

/// <summary>An arena whose tasks have little of everything, so that taking all of it takes no time.</summary>
public class NarrowArena : HostileArena
{
    protected override IEnumerable<(string Name, string Value)> SettingsIn(string folder) =>
    [
        ("AGENT_IDE_RESOURCE_LIMITS__MEMORY_MB", "300"),
        ("AGENT_IDE_RESOURCE_LIMITS__PROCESSES", "60"),
        ("AGENT_IDE_RESOURCE_LIMITS__DISK_MB", "200"),
    ];
}

/// <summary>
/// The same on a machine without control groups. Root takes them away from the coordinator alone, in a mount namespace of its own; an
/// ordinary user starts the coordinator in a group that is not theirs to divide.
/// </summary>
public sealed class UngroupedNarrowArena : NarrowArena
{
    private const string TakeGroupsAway = """awk '$3 ~ /^cgroup/ {print $2}' /proc/self/mounts | tac | xargs -r umount -l && exec "$@" """;

    private protected override ProcessStart Within(ProcessStart start) => Environment.IsPrivilegedProcess
        ? start with { FileName = "unshare", Arguments = ["--mount", "--propagation", "private", "sh", "-c", TakeGroupsAway, "sh", start.FileName, .. start.Arguments] }
        : start;
}
