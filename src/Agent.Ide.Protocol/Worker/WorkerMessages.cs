using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Ide.Protocol.Worker;

/// <summary>The methods of a tool host, on its standard input and output. Only the coordinator calls them.</summary>
public static class WorkerMethods
{
    /// <summary><see cref="WorkerExecuteParams"/> → <see cref="WorkerExecuteResult"/>.</summary>
    public const string Execute = "worker/execute";

    /// <summary><see cref="WorkerPingParams"/> → <see cref="WorkerPingResult"/>.</summary>
    public const string Ping = "worker/ping";

    /// <summary><see cref="WorkerPingParams"/> → <see cref="WorkerPingResult"/>; the host ends after the answer.</summary>
    public const string Shutdown = "worker/shutdown";
}

/// <summary>One tool call.</summary>
/// <param name="Tool">Name as offered to the model.</param>
/// <param name="Version">Version of the tool.</param>
/// <param name="Arguments">An object that fits the tool's schema; the coordinator has checked it, the host reads it strictly again.</param>
/// <param name="TimeoutMs">Milliseconds until the host gives up by itself; the caller has its own, longer patience.</param>
public sealed record WorkerExecuteParams(string Tool, int Version, JsonElement Arguments, int TimeoutMs);

/// <summary>How a tool call ended. Errors the model can act on are results, too.</summary>
/// <param name="Content">What the model reads.</param>
/// <param name="Summary">One line for people and for the commit's subject, at most 100 characters.</param>
/// <param name="ChangedPaths">Exactly the paths that changed, relative to the worktree, with <c>/</c>.</param>
/// <param name="ErrorCode">Absent when the tool succeeded; else a stable code.</param>
public sealed record WorkerExecuteResult(string Content, string Summary, IReadOnlyList<string> ChangedPaths, string? ErrorCode = null);

/// <summary>Nothing.</summary>
public sealed record WorkerPingParams;

/// <summary>The host is there.</summary>
/// <param name="ProcessId">As the host sees it; inside a sandbox not the host machine's number.</param>
/// <param name="Tools">What it can execute, <c>name vN</c>.</param>
public sealed record WorkerPingResult(int ProcessId, IReadOnlyList<string> Tools);

/// <summary>JSON of the <c>worker/*</c> messages: camel case, absent instead of null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(WorkerExecuteParams))]
[JsonSerializable(typeof(WorkerExecuteResult))]
[JsonSerializable(typeof(WorkerPingParams))]
[JsonSerializable(typeof(WorkerPingResult))]
public sealed partial class WorkerJson : JsonSerializerContext;
