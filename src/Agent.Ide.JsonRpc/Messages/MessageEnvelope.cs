namespace Agent.Ide.JsonRpc;

internal enum MessageKind
{
    Request,
    Notification,
    Response,

    /// <summary>Answered with <see cref="MessageEnvelope.ProblemCode"/>.</summary>
    Invalid,
}

/// <summary>The outer members of a message; its values stay where they are in the body.</summary>
internal readonly record struct MessageEnvelope
{
    public MessageKind Kind { get; init; }

    /// <summary>Null: none, or JSON's null.</summary>
    public RequestId? Id { get; init; }

    /// <summary>Empty for a response.</summary>
    public string Method { get; init; }

    /// <summary>Where <c>params</c> lies in the body; empty when missing.</summary>
    public Range Parameters { get; init; }

    /// <summary>Where <c>result</c> lies in the body; empty when missing.</summary>
    public Range Result { get; init; }

    /// <summary>Where <c>error</c> lies in the body; empty when missing or null.</summary>
    public Range Error { get; init; }

    public int ProblemCode { get; init; }

    public string? Problem { get; init; }
}
