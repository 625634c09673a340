using System.Net.Http.Headers;
using Agent.Ide.Coordinator.Models.Wire;
using Agent.Ide.Core.Loop;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Coordinator.Models;

/// <summary>
/// One attempt at a time against a server that speaks OpenAI's chat completions over HTTP (docs/adr/0005 says why on plain
/// <see cref="HttpClient"/>). It asks for a stream, since that shows early that a server is alive, and hands the answer over whole:
/// nothing is acted on before the last byte was read. Failures are <see cref="ModelAttemptException"/>.
/// </summary>
public sealed class OpenAiChatClient : IChatClient
{
    private const int MaxErrorBytes = 64 * 1024;
    private const int MaxDialects = 4;

    private readonly HttpClient _http;
    private readonly ModelEndpoint _endpoint;
    private readonly string _model;
    private readonly ServerDialect _dialect;
    private readonly ModelGatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly ChatClientMetadata _metadata;

    /// <param name="http">Shared; not disposed here.</param>
    /// <param name="endpoint">Where to ask.</param>
    /// <param name="model">Asked for where the options of a request name none.</param>
    /// <param name="options">Bounds and timeouts.</param>
    /// <param name="time">Measures the timeouts.</param>
    public OpenAiChatClient(HttpClient http, ModelEndpoint endpoint, string model, ModelGatewayOptions options, TimeProvider time)
        : this(http, endpoint, model, options, time, new ServerDialect(endpoint.IsHostedOpenAi))
    {
    }

    internal OpenAiChatClient(
        HttpClient http, ModelEndpoint endpoint, string model, ModelGatewayOptions options, TimeProvider time, ServerDialect dialect)
    {
        _http = http;
        _endpoint = endpoint;
        _model = model;
        _options = options;
        _time = time;
        _dialect = dialect;
        _metadata = new ChatClientMetadata("openai", endpoint.BaseUrl, model);
    }

    /// <exception cref="ModelAttemptException">There is no usable answer.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var conversation = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        for (var tries = 1; ; tries++)
        {
            var body = ChatRequestWriter.Write(conversation, options, options?.ModelId ?? _model, _dialect);
            using var deadline = new AttemptDeadline(_time, cancellationToken);
            try
            {
                var builder = await AskAsync(body, deadline, isLast: tries == MaxDialects);
                if (builder is not null)
                {
                    return Finish(builder, conversation, options, body.Length);
                }
            }
            catch (OperationCanceledException) when (deadline.HasPassed && !cancellationToken.IsCancellationRequested)
            {
                throw ModelErrors.TimedOut(_endpoint.Display, deadline.Current);
            }
        }
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        WholeAnswer.StreamAsync(this, messages, options, cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    public void Dispose()
    {
        // Nothing is owned: connections belong to the gateway.
    }

    /// <returns>Null when the server refused something that the next try leaves out.</returns>
    private async Task<ChatAnswerBuilder?> AskAsync(ReadOnlyMemory<byte> body, AttemptDeadline deadline, bool isLast)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint.Chat) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        ModelHttp.Authorize(request, _endpoint);
        deadline.Set(_options.FirstByteTimeout);
        using var response = await ModelHttp.SendAsync(_http, request, _endpoint, deadline.Token);
        if (!response.IsSuccessStatusCode)
        {
            await RefuseAsync(response, deadline, isLast);
            return null;
        }

        var builder = new ChatAnswerBuilder(_options.MaxAnswerCharacters);
        var stream = await response.Content.ReadAsStreamAsync(deadline.Token);
        await new ChatAnswerStream(_endpoint, builder, deadline, _options).ReadAsync(stream);
        return builder;
    }

    private ChatResponse Finish(ChatAnswerBuilder builder, IReadOnlyCollection<ChatMessage> conversation, ChatOptions? options, int promptBytes)
    {
        if (builder.IsEmpty)
        {
            throw ModelErrors.Empty(_endpoint.Display, outOfTokens: builder.FinishReason == "length");
        }

        return builder.Build(options?.ModelId ?? _model, promptBytes, options, conversation);
    }

    /// <summary>Returns when the request is worth sending again in a simpler form; throws otherwise.</summary>
    private async Task RefuseAsync(HttpResponseMessage response, AttemptDeadline deadline, bool isLast)
    {
        var status = (int)response.StatusCode;
        deadline.Set(_options.IdleTimeout);
        var error = ServerError.Parse(await ModelHttp.ReadBoundedAsync(response, MaxErrorBytes, deadline.Token), _endpoint);
        if (!isLast && _dialect.TryLearn(status, error))
        {
            return;
        }

        var failure = ModelErrors.FromServer(_endpoint.Display, status, error, RetryAfter.Read(response.Headers, _time));
        throw failure.Error.Code == "modelNotFound" ? await NameOfferedModelsAsync(failure, deadline) : failure;
    }

    private async Task<ModelAttemptException> NameOfferedModelsAsync(ModelAttemptException failure, AttemptDeadline deadline)
    {
        const int Shown = 10;
        deadline.Set(_options.CheckTimeout);
        try
        {
            var offered = await ModelList.FetchAsync(_http, _endpoint, deadline.Token);
            var names = string.Join(", ", offered.Take(Shown).Select(model => model.Id));
            return names.Length == 0
                ? failure
                : new ModelAttemptException(failure.Error with
                {
                    Hint = $"Set `model` to one it offers: {names}{(offered.Count > Shown ? ", …" : string.Empty)}.",
                });
        }
        catch (ModelAttemptException)
        {
            // A server that does not list its models leaves the plain hint.
            return failure;
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            return failure;
        }
    }
}
