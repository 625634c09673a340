namespace Agent.Ide.JsonRpc;

/// <summary>What came is not header-framed messages, so that the next message cannot be found: the connection ends.</summary>
public sealed class RpcFramingException : IOException
{
    public RpcFramingException(string message)
        : base(message)
    {
    }
}
