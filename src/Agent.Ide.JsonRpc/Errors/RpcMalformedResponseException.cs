namespace Agent.Ide.JsonRpc;

/// <summary>The peer answered a call, but with neither a result of the expected shape nor a proper error. The connection goes on.</summary>
public sealed class RpcMalformedResponseException : Exception
{
    public RpcMalformedResponseException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
