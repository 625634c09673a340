using System.Net.Http.Headers;

namespace Agent.Ide.Coordinator.Models;

/// <summary>What every request to a model server has in common: the connection, the key, and the names of failures.</summary>
internal static class ModelHttp
{
    /// <param name="options">For the connect timeout.</param>
    /// <param name="useProxy">False for this machine: a proxy of the environment knows nothing of it.</param>
    public static HttpClient Create(ModelGatewayOptions options, bool useProxy)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = useProxy,
            UseCookies = false,

            // A redirect would carry the conversation to a server nobody configured.
            AllowAutoRedirect = false,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = null,
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public static void Authorize(HttpRequestMessage request, ModelEndpoint endpoint)
    {
        if (endpoint.ApiKey is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    /// <returns>The response, its body not read yet.</returns>
    /// <exception cref="ModelAttemptException">There is no response.</exception>
    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient http, HttpRequestMessage request, ModelEndpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.NameResolutionError)
        {
            throw ModelErrors.Unreachable(endpoint.Display, $"the name {endpoint.BaseUrl.Host} is not known", e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.SecureConnectionError)
        {
            throw ModelErrors.Unreachable(endpoint.Display, $"no secure connection: {(e.InnerException ?? e).Message}", e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError)
        {
            throw ModelErrors.Unreachable(endpoint.Display, (e.InnerException ?? e).Message, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw ModelErrors.Broken(endpoint.Display, e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw ModelErrors.Unreachable(endpoint.Display, "the connection could not be made in time", e);
        }
    }

    /// <summary>The first bytes of a body; what is beyond the bound is not read.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadBoundedAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var length = 0;
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
                length += read;
                if (read == 0 || length >= maxBytes)
                {
                    return buffer.AsMemory(0, length);
                }

                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Min(maxBytes, buffer.Length * 2));
                }
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // What came before it broke off says more than nothing: this is the body of an error or of a list.
            return buffer.AsMemory(0, length);
        }
    }
}
