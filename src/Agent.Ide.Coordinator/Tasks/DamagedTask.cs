using System.Text.Json;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;
using Microsoft.Data.Sqlite;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>A task whose log cannot be read: what is shown of it, and what is said to whoever asks for it.</summary>
public static class DamagedTask
{
    // https://www.sqlite.org/rescode.html
    private const int SqliteCorrupt = 11;
    private const int SqliteNotADatabase = 26;

    /// <summary>Whether an exception of opening a log means that the log, not the machine, is at fault.</summary>
    public static bool IsDamage(Exception exception) => exception is JsonException or InvalidOperationException or ArgumentException or InvalidCastException
        || exception is SqliteException { SqliteErrorCode: SqliteCorrupt or SqliteNotADatabase };

    /// <summary>Whether an exception of opening a log is about the log at all.</summary>
    public static bool IsUnreadable(Exception exception) => IsDamage(exception) || exception is SqliteException or IOException or UnauthorizedAccessException;

    /// <param name="id">The task.</param>
    /// <param name="path">Its log, which stays where it is.</param>
    /// <param name="branch">Its branch as far as it is known; its commits are not touched by any of this.</param>
    /// <param name="exception">What opening it ended with.</param>
    public static RequestFailedException Describe(string id, string path, string? branch, Exception exception) => IsDamage(exception)
        ? new RequestFailedException(
            "logDamaged",
            $"The log of task {id} is damaged and was left as it is: {path} ({exception.Message.ReplaceLineEndings(" ")})",
            $"Its commits are on {branch ?? "its branch"}: merge it by hand, or put a backup of the file back and ask again.",
            ExitCodes.Environment,
            exception)
        : new RequestFailedException(
            "storeFailed",
            $"The log of task {id} cannot be read now: {path} ({exception.Message.ReplaceLineEndings(" ")})",
            "Look at the disk, the file's permissions and who else has it open, then ask again.",
            ExitCodes.Environment,
            exception);

    /// <param name="known">What the board last showed of it; null when nothing is known but its name.</param>
    /// <param name="id">The task.</param>
    /// <param name="failure">From <see cref="Describe"/>.</param>
    /// <param name="at">When its log was made, for one of which nothing else is known.</param>
    public static AgentTask Show(AgentTask? known, string id, RequestFailedException failure, DateTimeOffset at)
    {
        var error = new TaskFailure(failure.Error.Code, failure.Message, failure.Error.Hint, failure.Error.ExitCode);
        known ??= new AgentTask
        {
            Id = id,
            Title = id,
            Prompt = string.Empty,
            State = string.Empty,
            Branch = string.Empty,
            Worktree = string.Empty,
            Base = new TaskBase(string.Empty, string.Empty),
            Head = string.Empty,
            CreatedAt = at,
            Steps = 0,
            Changes = new TaskChanges(0, 0, 0),
            Budget = new TaskBudget
            {
                MaxTokens = 0,
                ThresholdTokens = 0,
                ContextTokens = 0,
                InputTokens = 0,
                CachedInputTokens = 0,
                OutputTokens = 0,
                SavedTokens = 0,
                Estimated = true,
            },
        };
        return known with { State = TaskViews.StateName(TaskState.Failed), Error = error, Activity = null, Approvals = [], Question = null };
    }
}
