using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Agent.Ide.JsonRpc;

/// <summary>
/// Reads a message's outer members in one pass without building a document: a hostile body costs no more than its own bytes.
/// </summary>
internal static class MessageParser
{
    /// <summary>Deepest nesting accepted, the message's own object included; System.Text.Json's default.</summary>
    public const int MaxDepth = 64;

    /// <summary>Longest method name accepted, in bytes of JSON; it is the one text that is kept while a message waits.</summary>
    private const int MaxMethodBytes = 512;

    private static readonly JsonReaderOptions _options = new() { MaxDepth = MaxDepth };

    /// <summary>Never throws: what is no message is <see cref="MessageKind.Invalid"/>.</summary>
    public static MessageEnvelope Parse(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return Invalid(RpcErrorCodes.ParseError, "The message is not UTF-8.");
        }

        try
        {
            return ParseText(body);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped lone surrogate in a name or a method.
            return Invalid(RpcErrorCodes.ParseError, $"The message is not JSON: {exception.Message}");
        }
    }

    private static MessageEnvelope ParseText(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, _options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var isBatch = reader.TokenType == JsonTokenType.StartArray;
            reader.Skip();
            reader.Read();
            return Invalid(RpcErrorCodes.InvalidRequest, isBatch ? "Batches are not supported; send one message each." : "A message must be an object.");
        }

        var members = default(Members);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadMember(ref reader, body, ref members);
        }

        // Anything but white space after the object throws here.
        reader.Read();
        return members.Problem is { } problem
            ? Invalid(RpcErrorCodes.InvalidRequest, problem) with { Id = members.Id }
            : Classify(in members);
    }

    private static void ReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref Members members)
    {
        if (reader.ValueTextEquals("id"u8))
        {
            ReadId(ref reader, body, ref members);
        }
        else if (reader.ValueTextEquals("method"u8))
        {
            reader.Read();
            members.HasMethod = true;
            var isName = reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= MaxMethodBytes;
            members.Method = isName ? reader.GetString() : null;
            reader.Skip();
        }
        else if (reader.ValueTextEquals("params"u8))
        {
            members.Parameters = SkipValue(ref reader);
        }
        else if (reader.ValueTextEquals("result"u8))
        {
            members.IsAnswer = true;
            members.Result = SkipValue(ref reader);
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            members.IsAnswer = true;
            var error = SkipValue(ref reader);
            members.Error = body[error].SequenceEqual("null"u8) ? default : error;
        }
        else if (reader.ValueTextEquals("jsonrpc"u8))
        {
            reader.Read();
            members.IsVersion2 = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("2.0"u8);
            reader.Skip();
        }
        else
        {
            SkipValue(ref reader);
        }
    }

    private static void ReadId(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref Members members)
    {
        var value = body[SkipValue(ref reader)];
        members.HasId = true;
        if (value[0] is not ((byte)'"' or (byte)'-' or (>= (byte)'0' and <= (byte)'9') or (byte)'n'))
        {
            members.Problem = "An id must be a string or a number.";
        }
        else if (value.Length > RequestId.MaxBytes)
        {
            members.Problem = $"An id may have at most {RequestId.MaxBytes} bytes.";
        }
        else if (value[0] != 'n')
        {
            members.Id = new RequestId(Encoding.UTF8.GetString(value));
        }
    }

    private static Range SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return start..(int)reader.BytesConsumed;
    }

    private static MessageEnvelope Classify(in Members members)
    {
        if (members is { HasMethod: false, IsAnswer: true })
        {
            return new MessageEnvelope
            {
                Kind = MessageKind.Response,
                Method = string.Empty,
                Id = members.Id,
                Result = members.Result,
                Error = members.Error,
            };
        }

        var problem = members switch
        {
            { IsVersion2: false } => "The member \"jsonrpc\" must be \"2.0\".",
            { Method: null or "" } => $"The member \"method\" must name a method in at most {MaxMethodBytes} bytes.",
            { HasId: true, Id: null } => "The id of a request must not be null.",
            _ => null,
        };
        if (problem is not null)
        {
            return Invalid(RpcErrorCodes.InvalidRequest, problem) with { Id = members.Id };
        }

        return new MessageEnvelope
        {
            Kind = members.HasId ? MessageKind.Request : MessageKind.Notification,
            Id = members.Id,
            Method = members.Method!,
            Parameters = members.Parameters,
        };
    }

    private static MessageEnvelope Invalid(int code, string problem) =>
        new() { Kind = MessageKind.Invalid, Method = string.Empty, ProblemCode = code, Problem = problem };

    private struct Members
    {
        public bool IsVersion2;
        public bool HasMethod;
        public bool HasId;
        public bool IsAnswer;
        public RequestId? Id;
        public string? Method;
        public Range Parameters;
        public Range Result;
        public Range Error;
        public string? Problem;
    }
}
