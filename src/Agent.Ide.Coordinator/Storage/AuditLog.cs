using System.Text.Json;
using System.Text.Json.Serialization;
using Agent.Ide.Coordinator.Secrets;

namespace Agent.Ide.Coordinator.Storage;

/// <summary>One line of <c>audit.jsonl</c>: something was removed, brought back, merged or allowed.</summary>
/// <param name="Action"><c>accept</c>, <c>discard</c>, <c>restore</c>, <c>rollback</c>, <c>prune</c>, <c>approval</c>, <c>trust</c>.</param>
/// <param name="Kept">The ref that pins what the action removed.</param>
public sealed record AuditEntry(DateTimeOffset At, string Action, string? Task, string Outcome, string? Kept = null, string? Detail = null);

/// <summary>Appends to <c>audit.jsonl</c>, one write per line.</summary>
public sealed class AuditLog(string path, TimeProvider time, SecretRedactor? secrets = null)
{
    private readonly Lock _gate = new();

    /// <exception cref="IOException">The line could not be written.</exception>
    public void Write(string action, string? task, string outcome, string? kept = null, string? detail = null)
    {
        var entry = new AuditEntry(time.GetUtcNow(), action, task, outcome, kept, detail is null ? null : secrets?.Redact(detail) ?? detail);
        var line = JsonSerializer.Serialize(entry, AuditJson.Default.AuditEntry) + "\n";
        lock (_gate)
        {
            File.AppendAllText(path, line);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditEntry))]
internal sealed partial class AuditJson : JsonSerializerContext;
