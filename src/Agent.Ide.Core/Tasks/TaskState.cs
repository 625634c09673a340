using System.Collections.Frozen;

namespace Agent.Ide.Core.Tasks;

/// <summary>Where a task stands. The names on the wire and in the log are these, in camel case.</summary>
public enum TaskState
{
    Queued,
    Preparing,
    Running,
    WaitingForApproval,
    WaitingForUser,
    ReadyForReview,
    Validating,
    Merging,
    Conflict,
    Failed,
    Stopped,
    Merged,
    Discarded,
}

/// <summary>Which state may follow which. Everything that changes a task's state asks here, and nowhere else.</summary>
public static class TaskTransitions
{
    private static readonly FrozenDictionary<TaskState, TaskState[]> Allowed = new Dictionary<TaskState, TaskState[]>
    {
        [TaskState.Queued] = [TaskState.Preparing, TaskState.Stopped, TaskState.Discarded],
        [TaskState.Preparing] = [TaskState.Running, TaskState.Failed, TaskState.Stopped],
        [TaskState.Running] =
        [
            TaskState.WaitingForApproval, TaskState.WaitingForUser, TaskState.ReadyForReview, TaskState.Failed, TaskState.Stopped,
        ],
        [TaskState.WaitingForApproval] = [TaskState.Running, TaskState.Stopped],
        [TaskState.WaitingForUser] = [TaskState.Running, TaskState.Stopped],
        [TaskState.ReadyForReview] = [TaskState.Running, TaskState.Validating, TaskState.Merging, TaskState.Discarded],
        [TaskState.Validating] = [TaskState.Merging, TaskState.ReadyForReview],
        [TaskState.Merging] = [TaskState.Merged, TaskState.Conflict, TaskState.ReadyForReview],
        [TaskState.Conflict] = [TaskState.Running, TaskState.ReadyForReview, TaskState.Discarded],
        [TaskState.Failed] = [TaskState.Running, TaskState.ReadyForReview, TaskState.Discarded],
        [TaskState.Stopped] = [TaskState.Running, TaskState.ReadyForReview, TaskState.Discarded],
        [TaskState.Merged] = [TaskState.ReadyForReview],
        [TaskState.Discarded] = [TaskState.ReadyForReview],
    }.ToFrozenDictionary();

    public static IReadOnlyList<TaskState> From(TaskState state) => Allowed[state];

    public static bool IsAllowed(TaskState from, TaskState to) => Array.IndexOf(Allowed[from], to) >= 0;

    /// <summary>True while an agent holds, or is about to hold, one of the places that <c>max_concurrent</c> counts.</summary>
    public static bool IsActive(this TaskState state) => state is TaskState.Preparing or TaskState.Running;

    /// <summary>True where nothing more happens to the task unless a person asks for it.</summary>
    public static bool IsSettled(this TaskState state) => state is TaskState.ReadyForReview or TaskState.Conflict or TaskState.Failed
        or TaskState.Stopped or TaskState.Merged or TaskState.Discarded;
}
