namespace Agent.Ide.Git;

/// <summary>The refs of a task beside its branch.</summary>
public static class TaskRefs
{
    /// <summary>What the task started from: the base of its diffs and merges.</summary>
    public static string Base(string id) => $"refs/agent-ide/base/{id}";

    /// <summary>Pinned work of a removed worktree or of undone steps.</summary>
    /// <param name="id">The task's.</param>
    /// <param name="number">From 1, the newest highest.</param>
    public static string Kept(string id, int number) => $"{KeptPrefix(id)}{number}";

    /// <summary>The conversation, a note on each checkpoint (<see cref="GitNotes"/>).</summary>
    public static string Notes(string id) => $"refs/notes/agent-ide/{id}";

    internal static string KeptPrefix(string id) => $"refs/agent-ide/kept/{id}/";
}
