using System.Text.Json.Serialization;

namespace Agent.Ide.Core.Tasks;

/// <summary>The JSON form of the log's entries, as they lie on disk.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(TaskEvent))]
[JsonSerializable(typeof(TaskSettings))]
public sealed partial class TaskEventJson : JsonSerializerContext;
