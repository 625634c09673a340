using System.Text;
using System.Text.Json;

namespace Agent.Ide.Coordinator.Models;

/// <summary>What a server says about a failure, in whatever shape it says it.</summary>
/// <param name="Message">Empty where it says nothing readable.</param>
/// <param name="Code">Code or type, both where there are both.</param>
internal sealed record ServerError(string Message, string Code)
{
    public static ServerError None { get; } = new(string.Empty, string.Empty);

    /// <summary>Without regard to case.</summary>
    public bool Mentions(string wording) =>
        Message.Contains(wording, StringComparison.OrdinalIgnoreCase) || Code.Contains(wording, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Reads the body of an error answer: <c>{"error": {…}}</c>, <c>{"error": "…"}</c>, <c>{"message": "…"}</c>, <c>{"detail": …}</c> or text.
    /// </summary>
    public static ServerError Parse(ReadOnlyMemory<byte> body, ModelEndpoint endpoint)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return FromJson(document.RootElement, endpoint);
        }
        catch (JsonException)
        {
            // An HTML page of a proxy or a web server says nothing that fits into a line.
            var text = Encoding.UTF8.GetString(body.Span).Trim();
            return text.StartsWith('<') ? None : new ServerError(endpoint.Redact(text), string.Empty);
        }
    }

    public static ServerError FromJson(JsonElement json, ModelEndpoint endpoint)
    {
        var error = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("error", out var inner) ? inner : json;
        if (error.ValueKind == JsonValueKind.String)
        {
            return new ServerError(endpoint.Redact(error.GetString()!), string.Empty);
        }

        if (error.ValueKind != JsonValueKind.Object)
        {
            return None;
        }

        var message = Text(error, "message") ?? Text(error, "detail") ?? Text(error, "error") ?? string.Empty;
        return new ServerError(endpoint.Redact(message), $"{Text(error, "code")} {Text(error, "type")}");
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number or JsonValueKind.Object or JsonValueKind.Array => value.GetRawText(),
                _ => null,
            }
            : null;
}
