namespace Agent.Ide.JsonRpc;

/// <summary>
/// The connection ended before the call was answered or the message sent. Whether the peer acted on the call is unknown.
/// The inner exception, if any, says why it ended.
/// </summary>
public sealed class ConnectionClosedException : IOException
{
    public ConnectionClosedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
