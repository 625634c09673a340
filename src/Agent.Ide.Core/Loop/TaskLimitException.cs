using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Loop;

/// <summary>
/// A limit that ends the task, not just the call that met it. The step stays open: a resume, under a higher limit, takes up what it left.
/// </summary>
public sealed class TaskLimitException : Exception
{
    public TaskLimitException(TaskError error)
        : base(error.Message)
    {
        Error = error;
    }

    public TaskError Error { get; }
}
