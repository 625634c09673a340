using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Ide.Coordinator.Approvals;

/// <summary>What lies on disk: the answers of all repositories of the user, by the real path of the common git folder.</summary>
internal sealed record StoredAnswers
{
    public int Version { get; init; } = 1;

    public required Dictionary<string, RepositoryAnswers> Repositories { get; init; }
}

/// <param name="Next">The number the next answer gets.</param>
internal sealed record RepositoryAnswers(int Next, IReadOnlyList<StandingAnswer> Answers);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StoredAnswers))]
internal sealed partial class StandingAnswersJson : JsonSerializerContext;
