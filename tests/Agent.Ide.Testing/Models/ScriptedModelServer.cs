using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Scripting;

namespace Agent.Ide.Testing.Models;

/// <summary>
/// A model server on 127.0.0.1 that follows a script and speaks OpenAI's chat completions over HTTP/1.1, streaming and not. It
/// records what it is asked, and can be told to misbehave. It answers in well under a millisecond, so that what a benchmark
/// measures between its answer and the next request is the harness.
/// </summary>
public sealed class ScriptedModelServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, HttpConnection> _connections = new();
    private readonly ConcurrentQueue<ModelFault> _faults = new();
    private readonly ConcurrentDictionary<string, byte[]> _routes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Conversation, int Answers), int> _failures = [];
    private readonly List<RecordedRequest> _requests = [];
    private readonly Dictionary<int, TaskCompletionSource<RecordedRequest>> _waiting = [];
    private readonly Lock _lock = new();
    private readonly List<Task> _serving = [];
    private readonly Task _accepting;
    private volatile ModelScript _script;

    private ScriptedModelServer(ModelScript script, int port)
    {
        _script = script;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(128);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>What a configuration's <c>base_url</c> takes.</summary>
    public Uri BaseUrl => new($"http://127.0.0.1:{Port}/v1");

    /// <summary>Models of <c>GET /v1/models</c>, in order.</summary>
    public IReadOnlyList<string> Models { get; set; } = ["scripted"];

    /// <summary>How <c>owned_by</c> of the models tells what kind of server this is.</summary>
    public string OwnedBy { get; set; } = "agent-ide";

    /// <summary>When set, requests without this bearer token get 401.</summary>
    public string? RequiredKey { get; set; }

    /// <summary>When set, requests for a model that is not in <see cref="Models"/> get 404.</summary>
    public bool RefuseUnknownModels { get; set; }

    /// <summary>How chat requests are answered for which no other fault was injected.</summary>
    public ModelFault Usual { get; set; } = new();

    /// <summary>Chooses a fault by the request itself; null: none. Asked before the faults that were queued.</summary>
    public Func<RecordedRequest, ModelFault?>? FaultFor { get; set; }

    /// <summary>All requests so far, in the order of their arrival.</summary>
    public IReadOnlyList<RecordedRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>The requests for answers so far.</summary>
    public IReadOnlyList<RecordedRequest> ChatRequests => [.. Requests.Where(request => request.IsChat)];

    /// <param name="script">What to say.</param>
    /// <param name="port">0: a free one.</param>
    public static ScriptedModelServer Start(ModelScript script, int port = 0) => new(script, port);

    /// <param name="script">The script as JSON.</param>
    public static ScriptedModelServer Start(string script) => new(ModelScript.Parse(script, "script"), 0);

    /// <summary>From the next request on, this is what it says; conversations that go on find their place in it by their markers.</summary>
    public void Follow(ModelScript script) => _script = script;

    /// <summary>Does this to the next chat request that has no fault yet; several calls queue up.</summary>
    public void Inject(ModelFault fault) => _faults.Enqueue(fault);

    /// <summary>Answers another path with this JSON, for servers that tell more than the protocol.</summary>
    /// <param name="methodAndPath">Such as <c>POST /api/show</c>.</param>
    /// <param name="json">The body of the answer.</param>
    public void AddRoute(string methodAndPath, string json) => _routes[methodAndPath] = Encoding.UTF8.GetBytes(json);

    /// <summary>Waits until the chat request with this number (from 1) has arrived.</summary>
    public Task<RecordedRequest> WaitForChatRequestAsync(int number, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var arrived = _requests.Where(request => request.IsChat).ElementAtOrDefault(number - 1);
            if (arrived is not null)
            {
                return Task.FromResult(arrived);
            }

            if (!_waiting.TryGetValue(number, out var source))
            {
                _waiting[number] = source = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return source.Task.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        foreach (var connection in _connections.Values)
        {
            connection.Dispose();
        }

        await _accepting;
        Task[] serving;
        lock (_lock)
        {
            serving = [.. _serving];
        }

        await Task.WhenAll(serving);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        for (var number = 1; !_stop.IsCancellationRequested; number++)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                var connection = new HttpConnection(socket);
                _connections[number] = connection;
                lock (_lock)
                {
                    _serving.RemoveAll(static task => task.IsCompleted);
                    _serving.Add(ServeAsync(connection, number));
                }
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(HttpConnection connection, int number)
    {
        // Leaves the accepting thread at once: answering must not hold up the next connection.
        await Task.Yield();
        try
        {
            while (await connection.ReadRequestAsync(_stop.Token) is { } request)
            {
                var recorded = Record(new RecordedRequest(request) { Connection = number });
                var goesOn = false;
                try
                {
                    goesOn = await AnswerAsync(connection, recorded);
                }
                finally
                {
                    recorded.End(Stopwatch.GetTimestamp(), clientGone: !goesOn);
                }

                if (!goesOn || request.Headers.GetValueOrDefault("Connection") == "close")
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException or IOException or FormatException)
        {
            // The client went, or the server is being disposed of: either way this connection has ended.
        }
        finally
        {
            connection.Dispose();
            _connections.TryRemove(number, out _);
        }
    }

    private RecordedRequest Record(RecordedRequest request)
    {
        lock (_lock)
        {
            _requests.Add(request);
            if (request.IsChat && _waiting.Remove(_requests.Count(static r => r.IsChat), out var waiting))
            {
                waiting.SetResult(request);
            }
        }

        return request;
    }

    /// <returns>False when the connection is of no more use.</returns>
    private async Task<bool> AnswerAsync(HttpConnection connection, RecordedRequest request)
    {
        var sender = new AnswerSender(connection, request, _stop.Token);
        if (RequiredKey is not null && request.Headers.GetValueOrDefault("Authorization") != $"Bearer {RequiredKey}")
        {
            return await sender.SendErrorAsync(401, "Incorrect API key provided.", "invalid_api_key", null);
        }

        if (_routes.TryGetValue($"{request.Method} {request.Path}", out var body))
        {
            return await sender.SendAsync(200, "application/json", body, null);
        }

        if (request.Method == "GET" && request.Path == "/v1/models")
        {
            return await sender.SendAsync(200, "application/json", OpenAiAnswerWriter.Models(Models, OwnedBy), null);
        }

        return request.Method == "POST" && request.Path == "/v1/chat/completions"
            ? await AnswerChatAsync(connection, sender, request)
            : await sender.SendErrorAsync(404, $"Invalid URL ({request.Method} {request.Path})", null, null);
    }

    private async Task<bool> AnswerChatAsync(HttpConnection connection, AnswerSender sender, RecordedRequest request)
    {
        ChatRequestView view;
        try
        {
            view = ChatRequestView.Parse(request.BodyMemory);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return await sender.SendErrorAsync(400, $"We could not parse the JSON body of your request: {e.Message}", null, null);
        }

        if (RefuseUnknownModels && !Models.Contains(view.Model))
        {
            return await sender.SendErrorAsync(404, $"The model `{view.Model}` does not exist", "model_not_found", null);
        }

        request.Marker = _script.FindMarker(view.Texts);
        request.Answers = view.Answers;
        var fault = FaultFor?.Invoke(request) ?? (_faults.TryDequeue(out var queued) ? queued : Usual);
        var delay = fault.Delay;
        if (fault.Status is { } status)
        {
            if (!await WaitAsync(connection, request, fault, delay))
            {
                return false;
            }

            return fault.RawBody is null
                ? await sender.SendErrorAsync(status, fault.ErrorMessage ?? $"Scripted status {status}", fault.ErrorCode, fault.RetryAfter)
                : await sender.SendAsync(status, fault.RawContentType, Encoding.UTF8.GetBytes(fault.RawBody), fault.RetryAfter);
        }

        if ((fault.RefuseStreaming && view.Stream) || (fault.RefuseStreamOptions && view.HasStreamOptions))
        {
            var refused = fault.RefuseStreaming ? "stream" : "stream_options";
            return await sender.SendErrorAsync(400, $"Unsupported parameter: {refused}", "unsupported_parameter", null);
        }

        var step = NextStep(view, request.Marker, fault);
        if (!await WaitAsync(connection, request, fault, delay + step.Delay))
        {
            return false;
        }

        if (fault.Reset)
        {
            connection.Reset();
            return false;
        }

        if (step.Status is { } scripted)
        {
            return await sender.SendErrorAsync(scripted, $"Scripted status {scripted}", null, null);
        }

        if (fault.RawBody is not null)
        {
            return await sender.SendAsync(200, fault.RawContentType, Encoding.UTF8.GetBytes(fault.RawBody), null);
        }

        if (fault.EndlessAnswer)
        {
            return await sender.SendWithoutEndAsync(view.Stream && !fault.IgnoreStreaming);
        }

        var id = string.Create(CultureInfo.InvariantCulture, $"chatcmpl-scripted{request.Answers}");
        var answer = new OpenAiAnswerWriter(view, step, fault, id);
        return view.Stream && !fault.IgnoreStreaming
            ? await sender.SendStreamAsync(answer, fault)
            : await sender.SendWholeAsync(answer, fault);
    }

    private ScriptStep NextStep(ChatRequestView view, string? marker, ModelFault fault)
    {
        if (fault.EmptyAnswer)
        {
            return new ScriptStep();
        }

        if (fault.HugeAnswerBytes is { } bytes)
        {
            return new ScriptStep { Text = new string('x', bytes) };
        }

        var key = (view.ConversationKey(marker), view.Answers);
        lock (_lock)
        {
            var failures = _failures.GetValueOrDefault(key);
            var step = _script.StepAt(marker, view.Answers, failures);
            if (!step.IsAnswer)
            {
                _failures[key] = failures + 1;
            }

            return step;
        }
    }

    /// <returns>False when the client went meanwhile.</returns>
    private async Task<bool> WaitAsync(HttpConnection connection, RecordedRequest request, ModelFault fault, TimeSpan delay)
    {
        if (!fault.Hold && delay <= TimeSpan.Zero)
        {
            return true;
        }

        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var gone = connection.WaitUntilClientGoneAsync(waiting.Token);
        var wait = fault.Hold ? request.Released : Task.Delay(delay, waiting.Token);
        var first = await Task.WhenAny(gone, wait);
        await waiting.CancelAsync();
        await gone.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return first == wait && !_stop.IsCancellationRequested;
    }
}
