using System.Globalization;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>What people are told of a removed worktree: what was kept, what was not, and until when it can come back.</summary>
internal static class TaskRemovals
{
    /// <summary>How many paths stand in the log and in the audit log; the others are counted.</summary>
    private const int Shown = 20;

    /// <summary>Until when a task that was removed can be restored for certain; null when it was not.</summary>
    public static DateTimeOffset? RestorableUntil(TaskSnapshot task) => task.RemovedAt + KeptRetention.Period;

    public static RequestFailedException TooLate(TaskSnapshot task, Exception cause)
    {
        var when = task.RemovedAt is { } at
            ? $"It was removed on {Day(at)} and could be restored until {Day(at + KeptRetention.Period)}"
            : $"What a task leaves is kept for {KeptRetention.Period.TotalDays:0} days";
        return new RequestFailedException(
            "tooLate",
            $"Nothing of task {task.Id} is kept any more, so it cannot be restored. {when}.",
            $"Run its prompt again: `agent-ide show {task.Id}` has it.",
            ExitCodes.Failed,
            cause);
    }

    /// <summary>
    /// One line each for the task's notices: what is gone for good, who stood in the folder, and, where the task has landed, what a person did in
    /// its worktree that did not land with it. A discarded task has landed nothing, and comes back whole.
    /// </summary>
    public static IReadOnlyList<string> Notices(WorktreeRemoval removal, bool hasLanded)
    {
        var notices = new List<string>();
        if (hasLanded && removal.Uncommitted.Count > 0)
        {
            var from = removal.Tip[..12];
            notices.Add(
                $"What was changed in the worktree and not committed did not land: {List(removal.Uncommitted, removal.Uncommitted.Count)}. It is kept for {KeptRetention.Period.TotalDays:0} days: "
                + $"`git diff {from} {removal.KeptRef}` shows it, `git cherry-pick --no-commit {from}..{removal.KeptRef}` brings it into your checkout.");
        }

        if (removal.NotKept.Where(path => path.Reason != SkipReason.Included).ToList() is { Count: > 0 } notKept)
        {
            notices.Add("Ignored files that were too large to be kept: " + List(notKept.Select(path => path.Path), notKept.Count));
        }

        if (removal.StillUsedBy.Count > 0)
        {
            notices.Add($"The folder is gone under {FolderUse.Describe(removal.StillUsedBy.Take(Shown))}, which used it.");
        }

        return notices;
    }

    /// <summary>For the audit log; null when there is nothing to say.</summary>
    public static string? Detail(WorktreeRemoval removal)
    {
        var parts = new List<string>();
        if (removal.SetAside.Count > 0)
        {
            parts.Add("set aside: " + List(removal.SetAside, removal.SetAside.Count));
        }

        if (removal.NotKept.Count > 0)
        {
            parts.Add("not kept: " + TaskGit.Describe(removal.NotKept));
        }

        if (removal.StillUsedBy.Count > 0)
        {
            parts.Add("in use by " + FolderUse.Describe(removal.StillUsedBy.Take(Shown)));
        }

        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    private static string List(IEnumerable<string> paths, int count) =>
        string.Join(", ", paths.Take(Shown)) + (count > Shown ? $" and {count - Shown} more" : string.Empty);

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
