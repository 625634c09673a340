using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Ide.JsonRpc.Tests;

internal sealed record Operands(int Left, int Right);

internal sealed record Total(int Value);

internal sealed record Text(string Value);

internal sealed record Named
{
    public required string Name { get; init; }
}

internal sealed record Optional(string? Name = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Operands))]
[JsonSerializable(typeof(Total))]
[JsonSerializable(typeof(Text))]
[JsonSerializable(typeof(Named))]
[JsonSerializable(typeof(Optional))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(int[]))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class TestJson : JsonSerializerContext
{
}
