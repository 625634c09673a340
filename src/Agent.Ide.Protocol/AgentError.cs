using System.Text.Json.Serialization;

namespace Agent.Ide.Protocol;

/// <summary>Error data of every failed <c>agent/*</c> request; the message of the error is one line for a person.</summary>
/// <param name="Code">Stable, camel case.</param>
/// <param name="Hint">What to do now.</param>
/// <param name="ExitCode">Exit code of the command line for it (contract, "Exit codes").</param>
public sealed record AgentError(string Code, string? Hint, int ExitCode)
{
    /// <summary>JSON-RPC error code of a request that was understood and could not be done; outside the reserved range.</summary>
    public const int RpcCode = 1000;

    /// <summary>For reading: what is absent on the wire is null here.</summary>
    [JsonConstructor]
    internal AgentError(string code, int exitCode, string? hint = null)
        : this(code, hint, exitCode)
    {
    }
}

/// <summary>Exit codes of the command line (contract, "Exit codes").</summary>
public static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Conflict = 3;
    public const int ValidationFailed = 4;
    public const int Denied = 5;
    public const int Environment = 6;
    public const int Interrupted = 130;
}
