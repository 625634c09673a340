namespace Agent.Ide.Coordinator.Models;

/// <summary>Where requests go. Not a record: the key must not show up in a generated <c>ToString</c>.</summary>
public sealed class ModelEndpoint
{
    /// <summary>Source: OpenAI's API reference.</summary>
    public static readonly Uri OpenAiBaseUrl = new("https://api.openai.com/v1");

    /// <param name="baseUrl">Absolute; the folder that <c>chat/completions</c> lies in.</param>
    /// <param name="apiKey">Sent as a bearer token; null: none is sent.</param>
    public ModelEndpoint(Uri baseUrl, string? apiKey)
    {
        BaseUrl = baseUrl;
        ApiKey = string.IsNullOrWhiteSpace(apiKey) ? null : apiKey.Trim();
        var folder = baseUrl.AbsoluteUri.TrimEnd('/') + "/";
        Chat = new Uri(folder + "chat/completions");
        Models = new Uri(folder + "models");
        Root = new Uri(baseUrl.GetLeftPart(UriPartial.Authority));
        Display = baseUrl.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
    }

    public Uri BaseUrl { get; }

    public Uri Chat { get; }

    public Uri Models { get; }

    /// <summary>Scheme, host and port, for what a server tells beside the common protocol.</summary>
    public Uri Root { get; }

    /// <summary>The base URL as messages show it: without user name, password and query.</summary>
    public string Display { get; }

    public bool IsHostedOpenAi => BaseUrl.Host == OpenAiBaseUrl.Host;

    internal string? ApiKey { get; }

    /// <summary>
    /// Reads a configured base URL. A bare host gets <c>/v1</c>, where every server known to speak this protocol has it; the path of
    /// the chat endpoint itself, which people paste, is cut off.
    /// </summary>
    /// <returns>Null when it is no absolute http or https URL.</returns>
    public static Uri? TryParseBaseUrl(string text)
    {
        const string ChatPath = "/chat/completions";
        var trimmed = text.Trim().TrimEnd('/');
        if (trimmed.EndsWith(ChatPath, StringComparison.Ordinal))
        {
            trimmed = trimmed[..^ChatPath.Length];
        }

        return Uri.TryCreate(trimmed, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0
            ? url.AbsolutePath == "/" ? new Uri(url, "/v1") : url
            : null;
    }

    /// <summary>Takes the key out of a text that a server sent.</summary>
    public string Redact(string text) => ApiKey is null ? text : text.Replace(ApiKey, "[key]", StringComparison.Ordinal);

    public override string ToString() => Display;
}
