using System.Text.Json.Serialization;
using Agent.Ide.Cli.Verbs;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Output;

/// <summary>A failed verb with <c>--json</c>.</summary>
internal sealed record FailureDocument(TaskFailure Error);

/// <summary><c>coordinator status</c> where none runs.</summary>
internal sealed record NotRunningDocument(bool Running);

/// <summary><c>coordinator stop</c>.</summary>
/// <param name="Stopped">False when none ran.</param>
internal sealed record StoppedDocument(bool Stopped);

/// <summary>JSON that only the command line speaks; everything else is the protocol's records.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FailureDocument))]
[JsonSerializable(typeof(NotRunningDocument))]
[JsonSerializable(typeof(StoppedDocument))]
[JsonSerializable(typeof(ConflictNote))]
internal sealed partial class CliJson : JsonSerializerContext;
