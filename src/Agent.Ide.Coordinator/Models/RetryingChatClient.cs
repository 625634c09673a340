using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Agent.Ide.Coordinator.Models;

/// <summary>
/// Repeats requests that failed for a reason that passes: 408, 409, 429, 5xx, connections that were reset, streams that broke.
/// The outermost layer: what leaves it is an answer or a <see cref="Core.Loop.ModelRequestException"/>.
/// </summary>
/// <remarks>
/// Invariant: a request is never repeated after its tool calls were acted on. Answers come from below whole or not at all, so a
/// stream that broke after complete tool calls is repeated as a whole, and nobody has seen those calls.
/// </remarks>
internal sealed class RetryingChatClient : DelegatingChatClient
{
    private static readonly ResiliencePropertyKey<long> StartedKey = new("started");

    private readonly ModelGatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lazy<ResiliencePipeline<ChatResponse>> _retries;

    public RetryingChatClient(IChatClient inner, ModelGatewayOptions options, TimeProvider time, ILogger logger)
        : base(inner)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _retries = new(BuildRetries);
    }

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var conversation = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        var started = _time.GetTimestamp();
        ModelAttemptException failed;
        try
        {
            return await base.GetResponseAsync(conversation, options, cancellationToken);
        }
        catch (ModelAttemptException e)
        {
            failed = e;
        }

        if (!failed.IsTransient)
        {
            throw failed.ToRequestException();
        }

        try
        {
            return await RetryAsync(failed, started, conversation, options, cancellationToken);
        }
        catch (ModelAttemptException e)
        {
            throw e.ToRequestException();
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = await GetResponseAsync(messages, options, cancellationToken);
        foreach (var update in response.ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    /// <summary>
    /// Enters the pipeline with the attempt that already failed. Making and running a pipeline costs a process some 40 ms of its
    /// first seconds, which a session without failures does not have to pay.
    /// </summary>
    private async Task<ChatResponse> RetryAsync(
        ModelAttemptException failed,
        long started,
        IReadOnlyCollection<ChatMessage> conversation,
        ChatOptions? options,
        CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(StartedKey, started);
            var first = failed;
            return await _retries.Value.ExecuteAsync(
                async attempt =>
                {
                    if (Interlocked.Exchange(ref first, null) is { } known)
                    {
                        throw known;
                    }

                    return await base.GetResponseAsync(conversation, options, attempt.CancellationToken);
                },
                context);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private ResiliencePipeline<ChatResponse> BuildRetries() =>
        new ResiliencePipelineBuilder<ChatResponse> { TimeProvider = _time }
            .AddRetry(new RetryStrategyOptions<ChatResponse>
            {
                MaxRetryAttempts = Math.Max(1, _options.MaxAttempts - 1),
                UseJitter = false,
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is ModelAttemptException failure
                    && MayTryAgain(failure, arguments.AttemptNumber, Started(arguments.Context))),
                DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(
                    Delay((ModelAttemptException)arguments.Outcome.Exception!, arguments.AttemptNumber)),
                OnRetry = arguments =>
                {
                    var failure = (ModelAttemptException)arguments.Outcome.Exception!;
                    _logger.LogInformation(
                        "Attempt {Attempt} failed ({Code}); the next one in {Delay} ms: {Message}",
                        arguments.AttemptNumber + 1,
                        failure.Error.Code,
                        (long)arguments.RetryDelay.TotalMilliseconds,
                        failure.Error.Message);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    private static long Started(ResilienceContext context) => context.Properties.GetValue(StartedKey, 0L);

    private bool MayTryAgain(ModelAttemptException failure, int attempt, long started)
    {
        if (!failure.IsTransient || _options.MaxAttempts <= 1)
        {
            return false;
        }

        var bound = failure.IsUnreachable ? _options.MaxUnreachableTime : _options.MaxRetryTime;
        return _time.GetElapsedTime(started) + Delay(failure, attempt) <= bound;
    }

    /// <param name="failure">Of the attempt before.</param>
    /// <param name="attempt">Number of that attempt, from 0.</param>
    private TimeSpan Delay(ModelAttemptException failure, int attempt)
    {
        // Where nothing answers, a server that restarts is met soon, or a person is told soon.
        var backOff = _options.FirstDelay * (failure.IsUnreachable ? Math.Pow(2, attempt) / 2 : Math.Pow(2, attempt));
        var wait = failure.RetryAfter is { } asked && asked > backOff ? asked : backOff;
        return wait < _options.MaxDelay ? wait : _options.MaxDelay;
    }
}
