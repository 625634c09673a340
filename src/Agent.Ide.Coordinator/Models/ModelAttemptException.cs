using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Models;

/// <summary>How one attempt at a request failed: what a person would be told, and what the retries need to know.</summary>
public sealed class ModelAttemptException : Exception
{
    public ModelAttemptException(TaskError error, Exception? inner = null)
        : base(error.Message, inner)
    {
        Error = error;
    }

    public TaskError Error { get; }

    /// <summary>The same request may succeed a little later.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Nothing answers at all: waiting for long does not help, and a person is told soon.</summary>
    public bool IsUnreachable { get; init; }

    /// <summary>The model can be told about it and asked again.</summary>
    public bool CanAskAgain { get; init; }

    /// <summary>How long the server wants to be left alone; null: it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public ModelRequestException ToRequestException() => new(Error, CanAskAgain, this);
}
