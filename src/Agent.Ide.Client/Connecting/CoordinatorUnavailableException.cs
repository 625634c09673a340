namespace Agent.Ide.Client.Connecting;

/// <summary>No coordinator could be reached or started; the message says what happened and what to do.</summary>
public sealed class CoordinatorUnavailableException : Exception
{
    public CoordinatorUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
