using System.Text.Json;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol;

namespace Agent.Ide.Client;

/// <summary>The coordinator refused a request or could not be asked. The message is one line for a person.</summary>
public sealed class AgentRequestException : Exception
{
    public AgentRequestException(string message, AgentError error, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
    }

    /// <summary>Stable code, what to do now, and the exit code of the command line.</summary>
    public AgentError Error { get; }

    /// <summary>The coordinator's connection ended before it answered; whether it acted on the request is unknown.</summary>
    internal static AgentRequestException ConnectionLost(string method, Exception cause) => new(
        $"The coordinator ended before it answered {method}; whether it was done is unknown.",
        new AgentError(
            "coordinatorLost",
            "See how far it came with `agent-ide tasks`, then try again; its log is in the repository's .git/agent-ide/logs.",
            ExitCodes.Failed),
        cause);

    internal static AgentRequestException From(string method, RpcErrorException exception)
    {
        if (exception.Code == AgentError.RpcCode && exception.ErrorData is { ValueKind: JsonValueKind.Object } details)
        {
            try
            {
                if (details.Deserialize(AgentJson.Default.AgentError) is { } error)
                {
                    return new AgentRequestException(exception.Message, error, exception);
                }
            }
            catch (JsonException)
            {
                // A peer of another version: its message still says what happened, so it is reported as any other error below.
            }
        }

        return exception.Code == RpcErrorCodes.MethodNotFound
            ? new AgentRequestException(
                $"The running coordinator does not know {method}.",
                new AgentError("coordinatorTooOld", "It was started by another version: `agent-ide coordinator stop`, then try again.", ExitCodes.Failed),
                exception)
            : new AgentRequestException(
                $"{method} failed: {exception.Message}",
                new AgentError("requestFailed", "The coordinator's log is in the repository's .git/agent-ide/logs.", ExitCodes.Failed),
                exception);
    }

    internal static AgentRequestException Malformed(string method, Exception cause) => new(
        $"The coordinator's answer to {method} cannot be read: {cause.Message}",
        new AgentError("malformedAnswer", "It was started by another version: `agent-ide coordinator stop`, then try again.", ExitCodes.Failed),
        cause);
}
