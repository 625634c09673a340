using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>Says what an exception means for a task, for a person.</summary>
public static class TaskErrors
{
    private const string DiskHint = "Free some space, then `agent-ide resume`; the steps so far are kept.";

    public static TaskError From(Exception exception) => exception switch
    {
        ModelRequestException e => e.Error,
        TaskLimitException e => e.Error,
        CheckpointException e => new TaskError(e.Code, e.Message, e.Hint),
        RequestFailedException e => new TaskError(e.Error.Code, e.Message, e.Error.Hint, e.Error.ExitCode),
        GitException e => new TaskError("gitFailed", e.Message, null, ExitCodes.Environment),
        TaskStoreException e => new TaskError("storeFailed", e.Message, DiskHint),
        IOException e => new TaskError("ioFailed", e.Message, DiskHint),
        _ => new TaskError("internalError", $"Something in Agent.Ide itself went wrong: {exception.Message}", "The coordinator's log has the details; `agent-ide resume` tries again."),
    };
}
