using System.Text.Json;

namespace Agent.Ide.Coordinator.Models;

/// <summary>Members of JSON objects that servers may leave out, null, or give another type.</summary>
internal static class Json
{
    /// <returns>Null also for an empty string, which servers send for "none".</returns>
    public static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    public static int? Number(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out var number)
            ? number
            : null;
}
