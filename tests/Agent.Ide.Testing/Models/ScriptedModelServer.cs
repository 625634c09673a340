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
    private readonly ModelScript _script;
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
        if (RequiredKey is not null && request.Headers.GetValueOrDefault("Authorization") != $"Bearer {RequiredKey}")
        {
            return await SendErrorAsync(connection, request, 401, "Incorrect API key provided.", "invalid_api_key", null);
        }

        if (_routes.TryGetValue($"{request.Method} {request.Path}", out var body))
        {
            return await SendAsync(connection, request, 200, "application/json", body, null);
        }

        if (request.Method == "GET" && request.Path == "/v1/models")
        {
            return await SendAsync(connection, request, 200, "application/json", OpenAiAnswerWriter.Models(Models, OwnedBy), null);
        }

        return request.Method == "POST" && request.Path == "/v1/chat/completions"
            ? await AnswerChatAsync(connection, request)
            : await SendErrorAsync(connection, request, 404, $"Invalid URL ({request.Method} {request.Path})", null, null);
    }

    private async Task<bool> AnswerChatAsync(HttpConnection connection, RecordedRequest request)
    {
        ChatRequestView view;
        try
        {
            view = ChatRequestView.Parse(request.BodyMemory);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return await SendErrorAsync(connection, request, 400, $"We could not parse the JSON body of your request: {e.Message}", null, null);
        }

        if (RefuseUnknownModels && !Models.Contains(view.Model))
        {
            return await SendErrorAsync(connection, request, 404, $"The model `{view.Model}` does not exist", "model_not_found", null);
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
                ? await SendErrorAsync(connection, request, status, fault.ErrorMessage ?? $"Scripted status {status}", fault.ErrorCode, fault.RetryAfter)
                : await SendAsync(connection, request, status, fault.RawContentType, Encoding.UTF8.GetBytes(fault.RawBody), fault.RetryAfter);
        }

        if ((fault.RefuseStreaming && view.Stream) || (fault.RefuseStreamOptions && view.HasStreamOptions))
        {
            var refused = fault.RefuseStreaming ? "stream" : "stream_options";
            return await SendErrorAsync(connection, request, 400, $"Unsupported parameter: {refused}", "unsupported_parameter", null);
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
            return await SendErrorAsync(connection, request, scripted, $"Scripted status {scripted}", null, null);
        }

        if (fault.RawBody is not null)
        {
            return await SendAsync(connection, request, 200, fault.RawContentType, Encoding.UTF8.GetBytes(fault.RawBody), null);
        }

        if (fault.EndlessAnswer)
        {
            return await SendWithoutEndAsync(connection, request, view.Stream && !fault.IgnoreStreaming);
        }

        var id = string.Create(CultureInfo.InvariantCulture, $"chatcmpl-scripted{request.Answers}");
        var answer = new OpenAiAnswerWriter(view, step, fault, id);
        return view.Stream && !fault.IgnoreStreaming
            ? await SendStreamAsync(connection, request, answer, fault)
            : await SendWholeAsync(connection, request, answer, fault);
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

    private Task<bool> SendErrorAsync(
        HttpConnection connection, RecordedRequest request, int status, string message, string? code, string? retryAfter)
    {
        var type = status switch
        {
            429 => "rate_limit_exceeded",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        };
        return SendAsync(connection, request, status, "application/json", OpenAiAnswerWriter.Error(message, type, code), retryAfter);
    }

    private async Task<bool> SendWholeAsync(HttpConnection connection, RecordedRequest request, OpenAiAnswerWriter answer, ModelFault fault)
    {
        var body = fault.InvalidJson ? "{\"choices\": [oops"u8.ToArray() : answer.Whole();
        if (fault.CutAfterEvents is null)
        {
            return await SendAsync(connection, request, 200, "application/json", body, null);
        }

        request.Status = 200;
        await connection.WriteAsync(Head(200, "application/json", body.Length, null), _stop.Token);
        await connection.WriteAsync(body.AsMemory(0, body.Length / 2), _stop.Token);
        return false;
    }

    private async Task<bool> SendStreamAsync(HttpConnection connection, RecordedRequest request, OpenAiAnswerWriter answer, ModelFault fault)
    {
        request.Status = 200;
        var events = new ServerSentEventWriter(connection, fault.Crlf);
        events.Write(Head(200, "text/event-stream", null, null));
        var count = 0;
        foreach (var json in answer.Events())
        {
            if (count == fault.CutAfterEvents || count == fault.StallAfterEvents)
            {
                break;
            }

            if (fault.KeepAliveComments)
            {
                events.WriteComment("keep-alive"u8);
            }

            if (fault.ErrorInStream is not null && count == 1)
            {
                events.WriteEvent(OpenAiAnswerWriter.Error(fault.ErrorInStream, "server_error", null));
            }

            events.WriteEvent(fault.InvalidJson && count == 1 ? "{\"choices\": [oops"u8 : json);
            await events.FlushWhenLargeAsync(_stop.Token);
            count++;
        }

        if (fault.StallAfterEvents is not null)
        {
            await events.FlushAsync(_stop.Token);
            await connection.WaitUntilClientGoneAsync(_stop.Token);
            return false;
        }

        if (fault.CutAfterEvents is not null)
        {
            await events.FlushAsync(_stop.Token);
            return false;
        }

        if (!fault.OmitDone)
        {
            events.WriteEvent("[DONE]"u8);
        }

        events.WriteEnd();
        await events.FlushAsync(_stop.Token);
        return true;
    }

    private async Task<bool> SendWithoutEndAsync(HttpConnection connection, RecordedRequest request, bool streaming)
    {
        request.Status = 200;
        var text = new string('x', 32 * 1024);
        var events = new ServerSentEventWriter(connection, crlf: false);
        events.Write(Head(200, streaming ? "text/event-stream" : "application/json", streaming ? null : int.MaxValue, null));
        events.Write(streaming ? [] : "{\"choices\":[{\"message\":{\"content\":\""u8);
        var piece = Encoding.ASCII.GetBytes(streaming ? $$$"""{"choices":[{"delta":{"content":"{{{text}}}"}}]}""" : text);
        while (true)
        {
            if (streaming)
            {
                events.WriteEvent(piece);
            }
            else
            {
                events.Write(piece);
            }

            // Ends with the exception of a connection that the client closed.
            await events.FlushAsync(_stop.Token);
        }
    }

    private async Task<bool> SendAsync(
        HttpConnection connection, RecordedRequest request, int status, string contentType, byte[] body, string? retryAfter)
    {
        request.Status = status;
        var head = Head(status, contentType, body.Length, retryAfter);
        await connection.WriteAsync((byte[])[.. head, .. body], _stop.Token);
        return true;
    }

    private static byte[] Head(int status, string contentType, int? length, string? retryAfter)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {(HttpStatusCode)status}\r\nContent-Type: {contentType}\r\n");
        head.Append(length is null ? "Transfer-Encoding: chunked\r\n" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n"));
        if (retryAfter is not null)
        {
            head.Append(CultureInfo.InvariantCulture, $"Retry-After: {retryAfter}\r\n");
        }

        return Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
    }
}
