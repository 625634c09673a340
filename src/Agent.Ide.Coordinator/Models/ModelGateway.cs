using System.Collections.Concurrent;
using Agent.Ide.Coordinator.Models.Editors;
using Agent.Ide.Coordinator.Models.Wire;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Scripting;
using Agent.Ide.Core.Tasks;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Models;

/// <summary>
/// The coordinator's one way to models: it holds the keys, the connections, the limit on requests under way and the retries.
/// Every failure that leaves it is a <see cref="ModelRequestException"/> with an error ready to be shown.
/// </summary>
public sealed class ModelGateway : IDisposable
{
    /// <summary>Where the key of OpenAI and compatible services is read from.</summary>
    public const string KeyVariable = "OPENAI_API_KEY";

    // What a server that lists no models is asked for: those that serve a single one take any name.
    private const string AnyModel = "default";

    private readonly ModelGatewayOptions _options;
    private readonly Func<string, string?> _environment;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lazy<HttpClient> _local;
    private readonly Lazy<HttpClient> _remote;
    private readonly SemaphoreSlim _places;
    private readonly ConcurrentDictionary<Uri, ServerState> _servers = new();

    /// <param name="options">Bounds.</param>
    /// <param name="environment">Reads an environment variable; keys come from nowhere else.</param>
    /// <param name="time">Measures waits and timeouts.</param>
    /// <param name="logger">Gets a line per retry; never a key.</param>
    public ModelGateway(ModelGatewayOptions options, Func<string, string?> environment, TimeProvider time, ILogger logger)
    {
        _options = options;
        _environment = environment;
        _time = time;
        _logger = logger;
        _local = new(() => ModelHttp.Create(options, useProxy: false));
        _remote = new(() => ModelHttp.Create(options, useProxy: true));
        _places = new SemaphoreSlim(options.MaxConcurrentRequests);
    }

    /// <summary>
    /// Decides which model answers a task, and makes sure that its server is there: in at most 5 s, before anything of the task
    /// exists. A server that refuses (a wrong key, an unknown model) is there; the task then fails with that reason.
    /// </summary>
    /// <param name="settings">As configured, or as an earlier choice left them.</param>
    /// <param name="model">As configured; null: what the server offers first.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ModelRequestException">No model (exit code 6), or settings that cannot work (2).</exception>
    public async Task<ModelChoice> CheckAsync(TaskSettings settings, string? model, CancellationToken cancellationToken)
    {
        switch (settings.Provider)
        {
            case ModelProviders.Scripted:
                await LoadScriptAsync(settings, cancellationToken);
                return new ModelChoice(
                    ModelProviders.Scripted, null, model ?? ScriptedChatClient.ModelName, null, settings.Script ?? "the embedded script");
            case ModelProviders.Editor:
                return await FindInEditorsAsync(model, cancellationToken) ?? throw new ModelRequestException(ModelErrors.NoEditor(model));
            case ModelProviders.Auto when settings.BaseUrl is null:
                return await FindAsync(model, cancellationToken);
            default:
                return await CheckServerAsync(settings, model, cancellationToken);
        }
    }

    /// <summary>The client of one task. Its layers, from the outside: no secrets, retries, the limit on requests under way, one attempt.</summary>
    /// <param name="settings">With the choice that was made when the task was created; one that was not made yet is made now.</param>
    /// <param name="model">The chosen model; null: chosen now.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ModelRequestException">There is no such model.</exception>
    public async Task<IChatClient> ForTaskAsync(TaskSettings settings, string? model, CancellationToken cancellationToken)
    {
        if (settings.Provider == ModelProviders.Scripted)
        {
            var script = await LoadScriptAsync(settings, cancellationToken);
            return Layer(new ScriptedChatClient(script, _time));
        }

        if (model is null || (settings.Provider == ModelProviders.Auto && settings.BaseUrl is null))
        {
            var choice = await CheckAsync(settings, model, cancellationToken);
            (settings, model) = (choice.ApplyTo(settings), choice.Model);
        }

        if (settings.Provider == ModelProviders.Editor)
        {
            return Layer(new EditorChatClient(_options.Editors, model, _options, _time));
        }

        var endpoint = Endpoint(settings);
        return Layer(new OpenAiChatClient(Http(endpoint), endpoint, model, _options, _time, Server(endpoint).Dialect), Server(endpoint));
    }

    public void Dispose()
    {
        foreach (var http in (Lazy<HttpClient>[])[_local, _remote])
        {
            if (http.IsValueCreated)
            {
                http.Value.Dispose();
            }
        }

        _places.Dispose();
    }

    /// <summary>The first local server that answers, then what the attached editors offer.</summary>
    private async Task<ModelChoice> FindAsync(string? model, CancellationToken cancellationToken)
    {
        try
        {
            return await new ModelDiscovery(_local.Value, _options.LocalServers, _time).FindAsync(model, cancellationToken);
        }
        catch (ModelRequestException)
        {
            if (await FindInEditorsAsync(model, cancellationToken) is { } choice)
            {
                return choice;
            }

            throw;
        }
    }

    /// <returns>Null when no editor is attached that offers it.</returns>
    private async Task<ModelChoice?> FindInEditorsAsync(string? model, CancellationToken cancellationToken)
    {
        using var deadline = new AttemptDeadline(_time, cancellationToken);
        deadline.Set(_options.CheckTimeout);
        return await _options.Editors.FindAsync(model, deadline.Token) is var (source, offered)
            ? new ModelChoice(ModelProviders.Editor, null, offered.Id, offered.MaxInputTokens, $"{offered.Name} of {source.Name}")
            : null;
    }

    private SecretFreeChatClient Layer(IChatClient attempt, ServerState? server = null)
    {
        var counted = server is null ? attempt : new ActivityTrackingChatClient(attempt, server);
        var limited = new ConcurrencyLimitedChatClient(counted, _places);
        return new SecretFreeChatClient(new RetryingChatClient(limited, _options, _time, _logger), _options.Secrets);
    }

    private async Task<ModelScript> LoadScriptAsync(TaskSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Script is null)
        {
            return _options.DefaultScript?.Invoke() ?? throw new ModelRequestException(ModelErrors.Configuration(
                "invalidScript", "The provider scripted needs a script.", "Set inference.script to the path of one."));
        }

        try
        {
            return await ModelScript.LoadAsync(settings.Script, cancellationToken);
        }
        catch (ModelScriptException e)
        {
            throw new ModelRequestException(
                ModelErrors.Configuration("invalidScript", e.Message, "A script is {\"<marker>\": [{\"text\"?, \"calls\"?, \"delayMs\"?, \"status\"?}]}."),
                inner: e);
        }
    }

    private async Task<ModelChoice> CheckServerAsync(TaskSettings settings, string? model, CancellationToken cancellationToken)
    {
        var endpoint = Endpoint(settings);
        var provider = settings.Provider == ModelProviders.Local ? ModelProviders.Local : ModelProviders.OpenAi;
        using var deadline = new AttemptDeadline(_time, cancellationToken);
        deadline.Set(_options.CheckTimeout);
        OfferedModel? offered = null;
        int? window = null;
        try
        {
            offered = ModelSelection.Find(await ModelList.FetchAsync(Http(endpoint), endpoint, deadline.Token), model);
            window = offered is null ? null : await ContextWindowProbe.FindAsync(Http(endpoint), endpoint, offered, deadline.Token);
        }
        catch (ModelAttemptException e) when (e.IsUnreachable)
        {
            throw e.ToRequestException();
        }
        catch (ModelAttemptException e) when (e.Error.Code == "streamBroken")
        {
            throw ModelErrors.Unreachable(endpoint.Display, e.InnerException?.Message ?? "it closes the connection", e).ToRequestException();
        }
        catch (ModelAttemptException)
        {
            // It refuses to list its models, but it is there: the first request tells what is wrong, if anything is.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A server that does one thing at a time is silent while it answers another task.
            if (offered is null && !Server(endpoint).IsBusy)
            {
                throw ModelErrors.Unreachable(endpoint.Display, "it takes connections but does not answer", null).ToRequestException();
            }
        }

        return new ModelChoice(
            provider,
            settings.BaseUrl is null ? null : endpoint.BaseUrl.AbsoluteUri,
            model ?? offered?.Id ?? Server(endpoint).LastModel ?? AnyModel,
            window,
            endpoint.Display);
    }

    private ModelEndpoint Endpoint(TaskSettings settings)
    {
        switch (settings.Provider)
        {
            case ModelProviders.Auto or ModelProviders.OpenAi or ModelProviders.Local:
                break;
            case ModelProviders.Anthropic:
                throw new ModelRequestException(ModelErrors.Configuration(
                    "notBuiltYet",
                    $"The provider {settings.Provider} is not built yet.",
                    "Set inference.provider to openai (any OpenAI-compatible server), editor, auto or scripted."));
            default:
                throw new ModelRequestException(ModelErrors.Configuration(
                    "invalidProvider", $"There is no provider {settings.Provider}.", "Allowed: auto, openai, editor, scripted."));
        }

        var key = settings.Provider == ModelProviders.Local ? null : _environment(KeyVariable);
        if (settings.BaseUrl is null)
        {
            return string.IsNullOrWhiteSpace(key)
                ? throw new ModelRequestException(ModelErrors.NoKey())
                : new ModelEndpoint(ModelEndpoint.OpenAiBaseUrl, key);
        }

        return ModelEndpoint.TryParseBaseUrl(settings.BaseUrl) is { } baseUrl
            ? new ModelEndpoint(baseUrl, key)
            : throw new ModelRequestException(ModelErrors.Configuration(
                "invalidBaseUrl", "inference.base_url is not an http or https URL.", "An example: http://127.0.0.1:11434/v1"));
    }

    private HttpClient Http(ModelEndpoint endpoint) => endpoint.BaseUrl.IsLoopback ? _local.Value : _remote.Value;

    private ServerState Server(ModelEndpoint endpoint) =>
        _servers.GetOrAdd(endpoint.BaseUrl, static (_, hosted) => new ServerState(new ServerDialect(hosted)), endpoint.IsHostedOpenAi);
}
