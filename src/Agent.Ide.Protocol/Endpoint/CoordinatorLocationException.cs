namespace Agent.Ide.Protocol.Endpoint;

/// <summary>A coordinator's folders cannot be used; the message names the folder and what to do.</summary>
public sealed class CoordinatorLocationException : IOException
{
    public CoordinatorLocationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
