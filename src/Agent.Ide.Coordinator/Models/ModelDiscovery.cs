using Agent.Ide.Coordinator.Models.Wire;
using Agent.Ide.Core.Loop;

namespace Agent.Ide.Coordinator.Models;

/// <summary>
/// Finds what <c>provider: auto</c> means here: the first of the local servers that answers and has a model. It asks 127.0.0.1
/// only and sends no key.
/// </summary>
public sealed class ModelDiscovery
{
    // A server on this machine answers in milliseconds; one that does not within this time is busy or something else.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromMilliseconds(700);

    private readonly HttpClient _http;
    private readonly IReadOnlyList<LocalServer> _servers;
    private readonly TimeProvider _time;

    /// <param name="http">Without a proxy; not disposed here.</param>
    /// <param name="servers">Where to look, in order of preference.</param>
    /// <param name="time">Measures the timeout.</param>
    public ModelDiscovery(HttpClient http, IReadOnlyList<LocalServer> servers, TimeProvider time)
    {
        _http = http;
        _servers = servers;
        _time = time;
    }

    /// <param name="model">A name that is preferred; null: what a server offers first.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="ModelRequestException">No server answers within a second, or none has a model.</exception>
    public async Task<ModelChoice> FindAsync(string? model, CancellationToken cancellationToken)
    {
        using var deadline = new AttemptDeadline(_time, cancellationToken);
        deadline.Set(ProbeTimeout);
        var answers = await Task.WhenAll(_servers.Select(server => AskAsync(server, deadline.Token)));
        cancellationToken.ThrowIfCancellationRequested();

        var found = answers.Where(answer => answer?.Models.Count > 0).Select(answer => answer!).ToList();
        if (found.Count == 0)
        {
            var empty = answers.Where(answer => answer is not null).Select(answer => answer!.Server.Name).ToList();
            throw new ModelRequestException(ModelErrors.NothingFound(_servers, empty));
        }

        // A name that nobody offers goes to the first server, whose refusal lists what it has.
        var chosen = found.Find(answer => ModelSelection.Find(answer.Models, model) is not null) ?? found[0];
        var offered = ModelSelection.Find(chosen.Models, model);
        var window = offered is null ? null : await ProbeWindowAsync(chosen.Endpoint, offered, cancellationToken);
        return new ModelChoice(
            ModelProviders.Local,
            chosen.Endpoint.BaseUrl.AbsoluteUri,
            model ?? offered!.Id,
            window,
            $"{chosen.Server.Name} at {chosen.Endpoint.Display}");
    }

    private async Task<int?> ProbeWindowAsync(ModelEndpoint endpoint, OfferedModel model, CancellationToken cancellationToken)
    {
        using var deadline = new AttemptDeadline(_time, cancellationToken);
        deadline.Set(ProbeTimeout);
        try
        {
            return await ContextWindowProbe.FindAsync(_http, endpoint, model, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<Answer?> AskAsync(LocalServer server, CancellationToken cancellationToken)
    {
        var endpoint = new ModelEndpoint(new Uri($"http://127.0.0.1:{server.Port}/v1"), apiKey: null);
        try
        {
            return new Answer(server, endpoint, await ModelList.FetchAsync(_http, endpoint, cancellationToken));
        }
        catch (Exception e) when (e is ModelAttemptException or OperationCanceledException)
        {
            // Nothing listens there, or something that is no model server: the next one counts.
            return null;
        }
    }

    private sealed record Answer(LocalServer Server, ModelEndpoint Endpoint, IReadOnlyList<OfferedModel> Models);
}
