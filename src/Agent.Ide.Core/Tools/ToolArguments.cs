using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Agent.Ide.Core.Tools;

// The parameter records of the tools (version 1 of each). The JSON schemas the model sees are generated from them, so a
// name, a type, a default or a description is written here and nowhere else. Descriptions are sent with every request:
// each word is paid for, and what the rules of the system prompt say is not said again.

public sealed record ReadFileArguments(
    string Path,
    [property: Description("From 1."), Range(1, int.MaxValue)] int? StartLine = null,
    [property: Range(1, int.MaxValue)] int? EndLine = null);

public sealed record WriteFileArguments(string Path, string Content);

public sealed record EditFileArguments(
    string Path,
    string OldText,
    string NewText,
    bool? ReplaceAll = null);

public sealed record DeleteFileArguments(string Path);

public sealed record MoveFileArguments(string From, string To);

public sealed record ListFilesArguments(
    [property: Description("Glob.")] string? Pattern = null,
    [property: Range(1, int.MaxValue)] int? MaxResults = null);

public enum SearchKind
{
    [JsonStringEnumMemberName("text")]
    Text,
    [JsonStringEnumMemberName("regex")]
    Regex,

    /// <summary>The pattern matches file paths, not their content.</summary>
    [JsonStringEnumMemberName("glob")]
    Glob,
}

public sealed record SearchCodebaseArguments(
    string Pattern,
    [property: Description("glob matches paths.")] SearchKind Kind,
    string? Path = null,
    [property: Description("Default 10."), Range(1, 50)] int? MaxResults = null);

public sealed record RunCommandArguments(string Command, [property: Range(1, int.MaxValue)] int? TimeoutSeconds = null);

public sealed record UpdatePlanArguments(IReadOnlyList<PlanItem> Items);

public enum PlanItemStatus
{
    [JsonStringEnumMemberName("pending")]
    Pending,
    [JsonStringEnumMemberName("active")]
    Active,
    [JsonStringEnumMemberName("done")]
    Done,
}

public sealed record PlanItem(string Text, PlanItemStatus Status);

public sealed record AskUserArguments(string Question);

public sealed record FetchDetailArguments(
    string Ref,
    [property: Range(1, int.MaxValue)] int? StartLine = null,
    [property: Range(1, int.MaxValue)] int? EndLine = null);

public sealed record FinishArguments(string Summary);

/// <summary>Strict: unknown members, missing required ones and nulls where none belong are errors.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ReadFileArguments))]
[JsonSerializable(typeof(WriteFileArguments))]
[JsonSerializable(typeof(EditFileArguments))]
[JsonSerializable(typeof(DeleteFileArguments))]
[JsonSerializable(typeof(MoveFileArguments))]
[JsonSerializable(typeof(ListFilesArguments))]
[JsonSerializable(typeof(SearchCodebaseArguments))]
[JsonSerializable(typeof(RunCommandArguments))]
[JsonSerializable(typeof(UpdatePlanArguments))]
[JsonSerializable(typeof(AskUserArguments))]
[JsonSerializable(typeof(FetchDetailArguments))]
[JsonSerializable(typeof(FinishArguments))]
public sealed partial class ToolArgumentsJson : JsonSerializerContext;
