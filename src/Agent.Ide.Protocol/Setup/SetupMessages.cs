namespace Agent.Ide.Protocol.Setup;

/// <summary><c>agent/doctor</c></summary>
public sealed record DoctorResult(IReadOnlyList<SetupCheck> Checks);

/// <param name="Name">Stable, camel case.</param>
/// <param name="Fix">What to do when it is not ok.</param>
public sealed record SetupCheck(string Name, bool Ok, string Message, string? Fix = null);

/// <summary><c>agent/trust</c></summary>
/// <param name="Accept">False: only report.</param>
public sealed record TrustParams(bool Accept);

/// <param name="File">Null where the repository has no configuration file.</param>
/// <param name="Trusted">Whether its present content is trusted now.</param>
public sealed record TrustResult(string? File, bool Trusted, IReadOnlyList<TrustEntry> Entries);

/// <param name="Line">1-based line in the file.</param>
public sealed record TrustEntry(string Key, string Value, int Line);

/// <summary><c>agent/worktrees</c></summary>
public sealed record WorktreesResult(IReadOnlyList<TaskWorktree> Worktrees);

/// <param name="Id">Task id; null when no task owns it.</param>
/// <param name="Path">Absolute.</param>
/// <param name="State">The task's state, or <c>orphan</c>.</param>
public sealed record TaskWorktree(string? Id, string Path, string? Branch, string State);

/// <summary><c>agent/worktrees/prune</c></summary>
/// <param name="Removed">What was removed, each with the ref that keeps its work.</param>
public sealed record PruneResult(IReadOnlyList<PrunedWorktree> Removed);

public sealed record PrunedWorktree(string Path, string? KeptRef);

/// <summary><c>agent/coordinator/status</c></summary>
public sealed record CoordinatorStatus(
    int Pid,
    string Version,
    DateTimeOffset StartedAt,
    string CommonDirectory,
    int Clients,
    int RunningTasks,
    int QueuedTasks,
    int Tasks,
    bool Sandboxed,
    string LogFile);
