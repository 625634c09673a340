using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Loop;

/// <summary>
/// When a call needs a person's answer, and which earlier answer counts for it. Pure: the snapshot, the settings and whether
/// there is a sandbox decide.
/// </summary>
public sealed class ApprovalRules(bool isSandboxed)
{
    /// <summary>What the network is asked for under: it is the task's, not one call's.</summary>
    public const string NetworkCall = "network";

    private const string NetworkSummary =
        "The network, for every command of this task: all that this machine reaches, and this machine's own servers on loopback "
        + "(databases, development servers, other programs' services). What a command can read it can send away.";

    /// <summary>Why a person has to be asked about a call; null: nobody.</summary>
    public string? ReasonFor(CatalogTool tool)
    {
        var definition = tool.Definition;
        if (definition.Environment == ToolEnvironment.Remote)
        {
            return ApprovalRequested.Remote;
        }

        // "never" too: without a sandbox nothing but a person stands between a command and the machine.
        var runsInTheOpen = !isSandboxed && definition.Place != ToolPlace.Loop;
        if (runsInTheOpen && (definition.NeedsSandbox || tool.Approval == ToolApproval.Sandboxed))
        {
            return ApprovalRequested.NoSandbox;
        }

        return tool.Approval == ToolApproval.Always ? ApprovalRequested.Always : null;
    }

    /// <summary>
    /// Whether an answer that was meant for later calls as well, given for one reason, counts where another is the reason. Who
    /// allowed a call inside the sandbox has not allowed it outside.
    /// </summary>
    public static bool Covers(string givenFor, string reason) => reason switch
    {
        ApprovalRequested.Always => givenFor is ApprovalRequested.Always or ApprovalRequested.NoSandbox,
        ApprovalRequested.NoSandbox => givenFor == ApprovalRequested.NoSandbox,
        _ => false,
    };

    /// <summary>Whether a call of a task that may have the network waits for the person's word on it.</summary>
    public bool AsksForNetwork(TaskSnapshot snapshot, ToolDefinition tool) =>
        isSandboxed && tool.Place == ToolPlace.Command && snapshot.Created.Settings.Network == TaskSettings.FullNetwork && snapshot.NetworkAllowed is null;

    /// <summary>Whether a call runs with the network.</summary>
    public static bool HasNetwork(TaskSnapshot snapshot, ToolDefinition tool) =>
        tool.Place == ToolPlace.Command && snapshot.Created.Settings.Network == TaskSettings.FullNetwork && snapshot.NetworkAllowed == true;

    public static ApprovalRequested RequestNetwork() => new()
    {
        CallId = NetworkCall,
        Tool = NetworkCall,
        Summary = NetworkSummary,
        Arguments = $"{{\"network\":\"{TaskSettings.FullNetwork}\"}}",
        Reason = ApprovalRequested.Network,
    };
}
