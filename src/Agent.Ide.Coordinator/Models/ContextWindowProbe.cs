using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Agent.Ide.Coordinator.Models;

/// <summary>
/// Asks a server for its context window, where its own API tells. What matters is the window the server runs the model with, not the
/// longest one the model was trained for: a prompt beyond the former is cut without a word by some servers.
/// </summary>
internal static class ContextWindowProbe
{
    private const int MaxBytes = 4 * 1024 * 1024;

    // Ollama's FAQ: the window of a model for which nothing else is configured. A loaded model tells its real one.
    private const int OllamaDefaultWindow = 4096;

    /// <returns>Tokens; null where the server does not tell.</returns>
    public static async Task<int?> FindAsync(HttpClient http, ModelEndpoint endpoint, OfferedModel model, CancellationToken cancellationToken)
    {
        try
        {
            return model.Window ?? model.OwnedBy switch
            {
                "library" => await AskOllamaAsync(http, endpoint, model.Id, cancellationToken),
                "llamacpp" => await AskLlamaCppAsync(http, endpoint, cancellationToken),
                "organization_owner" => await AskLmStudioAsync(http, endpoint, model.Id, cancellationToken),
                _ => null,
            };
        }
        catch (ModelAttemptException)
        {
            // The window only makes the budget better; a server that does not tell is as good as any.
            return null;
        }
    }

    private static async Task<int?> AskOllamaAsync(HttpClient http, ModelEndpoint endpoint, string model, CancellationToken cancellationToken)
    {
        using var loaded = await AskAsync(http, endpoint, "/api/ps", null, cancellationToken);
        if (FindEntry(loaded, "models", "model", model) is { } running && Json.Number(running, "context_length") is { } actual)
        {
            return actual;
        }

        var question = Encoding.UTF8.GetBytes($$"""{"model":"{{JsonEncodedText.Encode(model)}}"}""");
        using var shown = await AskAsync(http, endpoint, "/api/show", question, cancellationToken);
        if (shown is null)
        {
            return null;
        }

        var configured = ReadNumCtx(Json.Text(shown.RootElement, "parameters"));
        var longest = ReadTrainedWindow(shown.RootElement);
        return configured ?? Math.Min(longest ?? OllamaDefaultWindow, OllamaDefaultWindow);
    }

    private static async Task<int?> AskLlamaCppAsync(HttpClient http, ModelEndpoint endpoint, CancellationToken cancellationToken)
    {
        using var props = await AskAsync(http, endpoint, "/props", null, cancellationToken);
        return props is not null
            && props.RootElement.ValueKind == JsonValueKind.Object
            && props.RootElement.TryGetProperty("default_generation_settings", out var settings)
            ? Json.Number(settings, "n_ctx")
            : null;
    }

    private static async Task<int?> AskLmStudioAsync(HttpClient http, ModelEndpoint endpoint, string model, CancellationToken cancellationToken)
    {
        using var models = await AskAsync(http, endpoint, "/api/v0/models", null, cancellationToken);
        return FindEntry(models, "data", "id", model) is { } entry ? Json.Number(entry, "loaded_context_length") : null;
    }

    /// <summary>Ollama lists a modelfile's parameters as lines of name and value.</summary>
    private static int? ReadNumCtx(string? parameters)
    {
        foreach (var line in parameters.AsSpan().EnumerateLines())
        {
            var trimmed = line.Trim();
            if (trimmed.StartsWith("num_ctx") && int.TryParse(trimmed["num_ctx".Length..].Trim(), CultureInfo.InvariantCulture, out var window))
            {
                return window;
            }
        }

        return null;
    }

    private static int? ReadTrainedWindow(JsonElement shown)
    {
        if (shown.TryGetProperty("model_info", out var info) && info.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in info.EnumerateObject())
            {
                if (property.Name.EndsWith(".context_length", StringComparison.Ordinal) && property.Value.TryGetInt32(out var window))
                {
                    return window;
                }
            }
        }

        return null;
    }

    private static JsonElement? FindEntry(JsonDocument? document, string list, string key, string value)
    {
        if (document?.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty(list, out var entries)
            && entries.ValueKind == JsonValueKind.Array)
        {
            foreach (var entry in entries.EnumerateArray())
            {
                if (Json.Text(entry, key) == value)
                {
                    return entry;
                }
            }
        }

        return null;
    }

    /// <returns>Null where the server does not answer this question with JSON.</returns>
    private static async Task<JsonDocument?> AskAsync(
        HttpClient http, ModelEndpoint endpoint, string path, byte[]? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri(endpoint.Root, path));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        ModelHttp.Authorize(request, endpoint);
        using var response = await ModelHttp.SendAsync(http, request, endpoint, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            return null;
        }

        try
        {
            return JsonDocument.Parse(await ModelHttp.ReadBoundedAsync(response, MaxBytes, cancellationToken));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
