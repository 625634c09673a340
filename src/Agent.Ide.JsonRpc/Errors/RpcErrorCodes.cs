namespace Agent.Ide.JsonRpc;

/// <summary>Error codes of JSON-RPC 2.0 (section 5.1) and of LSP 3.17 (<c>ErrorCodes</c>, <c>LSPErrorCodes</c>).</summary>
public static class RpcErrorCodes
{
    /// <summary>The body is not JSON, not UTF-8, or nested too deep.</summary>
    public const int ParseError = -32700;

    /// <summary>JSON, but not a message: a batch, a missing method or version, a repeated id.</summary>
    public const int InvalidRequest = -32600;

    public const int MethodNotFound = -32601;

    public const int InvalidParams = -32602;

    /// <summary>A handler failed in a way its author did not foresee.</summary>
    public const int InternalError = -32603;

    /// <summary>LSP: a request came before <c>initialize</c>.</summary>
    public const int ServerNotInitialized = -32002;

    /// <summary>LSP: the server cancelled the request by itself; the client may send it again.</summary>
    public const int ServerCancelled = -32802;

    /// <summary>LSP: a document or state changed, so that the result would be stale.</summary>
    public const int ContentModified = -32801;

    /// <summary>LSP: the caller cancelled the request with <c>$/cancelRequest</c>.</summary>
    public const int RequestCancelled = -32800;

    /// <summary>LSP: syntactically right, but it cannot be done; the message says why.</summary>
    public const int RequestFailed = -32803;
}
