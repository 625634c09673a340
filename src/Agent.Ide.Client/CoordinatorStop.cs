using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Client;

/// <summary>
/// Tells a coordinator to end without attaching to it: so one that speaks another version of the protocol, and refuses to be attached
/// to, can be made to give way.
/// </summary>
public static class CoordinatorStop
{
    /// <summary>Asks, and waits for the end of the connection.</summary>
    /// <param name="stream">A fresh connection; the caller's to dispose of.</param>
    /// <param name="cancellationToken">Stops waiting; the request may have arrived.</param>
    /// <exception cref="AgentRequestException">It refuses.</exception>
    public static async Task RequestAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using var connection = new RpcConnection(stream, stream, new RpcRouter());
        connection.Start();
        try
        {
            await connection.InvokeAsync(
                AgentMethods.CoordinatorStop, new EmptyParams(), AgentJson.Default.EmptyParams, AgentJson.Default.EmptyResult, cancellationToken);
            await connection.Completion.WaitAsync(cancellationToken);
        }
        catch (RpcErrorException exception)
        {
            throw AgentRequestException.From(AgentMethods.CoordinatorStop, exception);
        }
        catch (Exception exception) when (exception is ConnectionClosedException or RpcFramingException)
        {
            // However the connection ended, it did.
        }
    }
}
