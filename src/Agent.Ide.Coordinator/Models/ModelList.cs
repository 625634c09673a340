using System.Text.Json;

namespace Agent.Ide.Coordinator.Models;

/// <summary>A model that a server offers.</summary>
/// <param name="Id">The name to ask for.</param>
/// <param name="OwnedBy">What the server calls its owner, which tells what kind of server it is.</param>
/// <param name="Window">Tokens of prompt and answer, where the list says so (vLLM's <c>max_model_len</c>).</param>
internal sealed record OfferedModel(string Id, string? OwnedBy, int? Window);

/// <summary>The <c>/models</c> of a server.</summary>
internal static class ModelList
{
    private const int MaxBytes = 2 * 1024 * 1024;

    /// <exception cref="ModelAttemptException">It did not answer, or with something that is no list of models.</exception>
    public static async Task<IReadOnlyList<OfferedModel>> FetchAsync(HttpClient http, ModelEndpoint endpoint, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint.Models);
        ModelHttp.Authorize(request, endpoint);
        using var response = await ModelHttp.SendAsync(http, request, endpoint, cancellationToken);
        var body = await ModelHttp.ReadBoundedAsync(response, MaxBytes, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw ModelErrors.FromServer(endpoint.Display, (int)response.StatusCode, ServerError.Parse(body, endpoint), null);
        }

        return Parse(body) ?? throw ModelErrors.Invalid(endpoint.Display, "it is no list of models");
    }

    private static List<OfferedModel>? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("data", out var entries)
                || entries.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))
            {
                return null;
            }

            var models = new List<OfferedModel>();
            if (entries.ValueKind == JsonValueKind.Array)
            {
                foreach (var entry in entries.EnumerateArray())
                {
                    if (entry.ValueKind == JsonValueKind.Object
                        && entry.TryGetProperty("id", out var id)
                        && id.ValueKind == JsonValueKind.String
                        && id.GetString() is { Length: > 0 } name)
                    {
                        models.Add(new OfferedModel(name, Json.Text(entry, "owned_by"), Json.Number(entry, "max_model_len")));
                    }
                }
            }

            return models;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
