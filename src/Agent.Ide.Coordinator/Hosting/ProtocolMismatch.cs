using System.Globalization;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Protocol;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>What a front end of another version is told: which of the two is behind, and how to bring it up.</summary>
public static class ProtocolMismatch
{
    /// <param name="client">The version of the protocol that the front end speaks.</param>
    /// <param name="product">This coordinator's version of the product.</param>
    public static RequestFailedException Of(int client, string product)
    {
        var versions = string.Create(
            CultureInfo.InvariantCulture,
            $"the front end speaks version {client} of the protocol, the running coordinator ({product}) version {AgentMethods.ProtocolVersion}");
        return client < AgentMethods.ProtocolVersion
            ? new RequestFailedException(
                "protocolVersion",
                $"This front end is older than the coordinator: {versions}.",
                "Update the front end (the editor's extension, or the agent-ide that it starts) and connect again. Tasks go on meanwhile.",
                ExitCodes.Environment)
            : new RequestFailedException(
                "protocolVersion",
                $"The running coordinator is older than this front end: {versions}.",
                "End it with `agent-ide coordinator stop` and connect again: one that fits is started, and tasks go on from their last step.",
                ExitCodes.Environment);
    }
}
