namespace Agent.Ide.JsonRpc;

/// <summary>A message was not sent because its body passes <see cref="RpcConnectionOptions.MaxMessageBytes"/>.</summary>
public sealed class RpcMessageTooLargeException : Exception
{
    public RpcMessageTooLargeException(string message)
        : base(message)
    {
    }
}
