using System.Text.Json.Serialization;

namespace Agent.Ide.Protocol.Endpoint;

/// <summary>What a coordinator says about itself in <c>coordinator.json</c>, once it listens.</summary>
/// <param name="Pid">Process id, for people; whether it lives is told by the socket alone.</param>
/// <param name="Socket">Absolute path of its unix socket.</param>
/// <param name="Version">Version of the product it was started from.</param>
/// <param name="StartedAt">When it began to listen.</param>
public sealed record CoordinatorEndpoint(int Pid, string Socket, string Version, DateTimeOffset StartedAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CoordinatorEndpoint))]
internal sealed partial class EndpointJson : JsonSerializerContext;
