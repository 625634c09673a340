namespace Agent.Ide.Testing.Models;

/// <summary>
/// What is odd about the answer to one request. Everything that is not set is as the protocol wants it. A fault never uses up a
/// step of the script unless the client got the answer whole and could have understood it.
/// </summary>
public sealed record ModelFault
{
    /// <summary>Answers with this HTTP status and an error object.</summary>
    public int? Status { get; init; }

    /// <summary>Value of the <c>Retry-After</c> header that goes with <see cref="Status"/>.</summary>
    public string? RetryAfter { get; init; }

    /// <summary><c>error.message</c> of the error object; the default names the status.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary><c>error.code</c> of the error object.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>Waited before the answer begins.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Answers only after <see cref="RecordedRequest.Release"/>; ends when the client goes.</summary>
    public bool Hold { get; init; }

    /// <summary>Resets the connection instead of answering.</summary>
    public bool Reset { get; init; }

    /// <summary>Streaming: closes the connection after this many events. Not streaming: in the middle of the body.</summary>
    public int? CutAfterEvents { get; init; }

    /// <summary>Streaming: stays silent after this many events until the client goes.</summary>
    public int? StallAfterEvents { get; init; }

    /// <summary>Sends text that is no JSON where an object belongs.</summary>
    public bool InvalidJson { get; init; }

    /// <summary>Streaming: an error object with this message in the middle of the stream.</summary>
    public string? ErrorInStream { get; init; }

    public bool OmitUsage { get; init; }

    public bool OmitIds { get; init; }

    /// <summary>Streaming: tool call deltas without <c>index</c>.</summary>
    public bool OmitIndexes { get; init; }

    /// <summary>Streaming: ends without <c>data: [DONE]</c>.</summary>
    public bool OmitDone { get; init; }

    /// <summary>Gives <c>stop</c> as the reason also where tools are called, as some servers do.</summary>
    public bool StopForToolCalls { get; init; }

    /// <summary>Streaming: arguments in pieces of this many characters.</summary>
    public int? ArgumentPieceLength { get; init; }

    /// <summary>Streaming: comment lines between the events, as proxies send to keep a connection alive.</summary>
    public bool KeepAliveComments { get; init; }

    /// <summary>Streaming: lines end in CR LF.</summary>
    public bool Crlf { get; init; }

    /// <summary>Reasoning text beside the content.</summary>
    public string? Reasoning { get; init; }

    /// <summary>An answer without text and calls.</summary>
    public bool EmptyAnswer { get; init; }

    /// <summary>An answer whose text has this many bytes.</summary>
    public int? HugeAnswerBytes { get; init; }

    /// <summary>An answer whose text goes on until the client goes.</summary>
    public bool EndlessAnswer { get; init; }

    /// <summary>Refuses requests with <c>stream: true</c> with status 400.</summary>
    public bool RefuseStreaming { get; init; }

    /// <summary>Refuses requests with <c>stream_options</c> with status 400.</summary>
    public bool RefuseStreamOptions { get; init; }

    /// <summary>Answers in one piece although a stream was asked for.</summary>
    public bool IgnoreStreaming { get; init; }

    /// <summary>Sent as the body instead of the answer, or of the error object.</summary>
    public string? RawBody { get; init; }

    /// <summary>Content type of <see cref="RawBody"/>.</summary>
    public string RawContentType { get; init; } = "application/json";
}
