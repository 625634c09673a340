using System.Text;

namespace Agent.Ide.Testing.Models;

/// <summary>A request as the server saw it. Timestamps are those of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
public sealed class RecordedRequest
{
    private readonly byte[] _body;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal RecordedRequest(HttpRequest request)
    {
        Method = request.Method;
        Path = request.Path;
        Headers = request.Headers;
        ArrivedAt = request.ArrivedAt;
        _body = request.Body;
    }

    public string Method { get; }

    /// <summary>Path with query, as sent.</summary>
    public string Path { get; }

    /// <summary>Names without regard to case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>When its first byte arrived.</summary>
    public long ArrivedAt { get; }

    /// <summary>When the last byte of the answer was handed to the connection; 0 until then.</summary>
    public long AnsweredAt { get; private set; }

    public int BodyBytes => _body.Length;

    public string Body => Encoding.UTF8.GetString(_body);

    /// <summary>Number of the connection it came on, from 1: requests with the same number shared it.</summary>
    public int Connection { get; internal init; }

    /// <summary>The marker of the script that it follows; null: none.</summary>
    public string? Marker { get; internal set; }

    /// <summary>Number of answers the conversation held.</summary>
    public int Answers { get; internal set; }

    /// <summary>Status of the answer; 0 while there is none.</summary>
    public int Status { get; internal set; }

    public bool IsChat => Path.EndsWith("/chat/completions", StringComparison.Ordinal);

    /// <summary>True when the client closed the connection before its answer was complete.</summary>
    public bool ClientGone { get; private set; }

    /// <summary>Completes when the answer is out, or the client gone.</summary>
    public Task Ended => _ended.Task;

    internal ReadOnlyMemory<byte> BodyMemory => _body;

    internal Task Released => _released.Task;

    /// <summary>Lets a request that a fault holds be answered.</summary>
    public void Release() => _released.TrySetResult();

    internal void End(long answeredAt, bool clientGone)
    {
        AnsweredAt = answeredAt;
        ClientGone = clientGone;
        _ended.TrySetResult();
    }
}
