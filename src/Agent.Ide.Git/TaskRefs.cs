namespace Agent.Ide.Git;

/// <summary>The refs of a task beside its branch.</summary>
public static class TaskRefs
{
    /// <summary>What the task started from: the base of its diffs and merges until some of its files have landed.</summary>
    public static string Base(string id) => $"refs/agent-ide/base/{id}";

    /// <summary>What remains of a task after partial accepts is counted from here; no commit of its branch. Only a pin: the task's log says what its base is.</summary>
    public static string AdvancedBase(string id) => $"refs/agent-ide/advanced-base/{id}";

    /// <summary>Pinned work of a removed worktree or of undone steps.</summary>
    /// <param name="id">The task's.</param>
    /// <param name="number">From 1, the newest highest.</param>
    public static string Kept(string id, int number) => $"{KeptPrefix(id)}{number}";

    /// <summary>The conversation, a note on each checkpoint (<see cref="GitNotes"/>).</summary>
    public static string Notes(string id) => $"refs/notes/agent-ide/{id}";

    /// <summary>What is known of a kept ref: when it was made and where the branch stood.</summary>
    /// <param name="id">The task's.</param>
    /// <param name="number">Of the kept ref.</param>
    internal static string KeptRecord(string id, int number) => $"{KeptRecords}{id}/{number}";

    internal const string AllKept = "refs/agent-ide/kept/";

    internal const string KeptRecords = "refs/agent-ide/kept-record/";

    internal const string Bases = "refs/agent-ide/base/";

    internal static string KeptPrefix(string id) => $"refs/agent-ide/kept/{id}/";
}
