using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

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
public sealed record TrustResult(string? File, bool Trusted, IReadOnlyList<TrustEntry> Entries)
{
    /// <summary>For reading: what is absent on the wire is null here.</summary>
    [JsonConstructor]
    internal TrustResult(bool trusted, IReadOnlyList<TrustEntry> entries, string? file = null)
        : this(file, trusted, entries)
    {
    }
}

/// <param name="Line">1-based line in the file.</param>
public sealed record TrustEntry(string Key, string Value, int Line);

/// <summary><c>agent/worktrees</c></summary>
public sealed record WorktreesResult(IReadOnlyList<TaskWorktree> Worktrees);

/// <summary>A worktree below the configured folder.</summary>
public sealed record TaskWorktree
{
    [SetsRequiredMembers]
    public TaskWorktree(string? id, string path, string? branch, string state)
    {
        Id = id;
        Path = path;
        Branch = branch;
        State = state;
    }

    /// <summary>For reading: what is absent on the wire is null here.</summary>
    [JsonConstructor]
    internal TaskWorktree()
    {
    }

    /// <summary>Task id; null when no task owns it.</summary>
    public string? Id { get; init; }

    /// <summary>Absolute.</summary>
    public required string Path { get; init; }

    public string? Branch { get; init; }

    /// <summary>The task's state, or <c>orphan</c>.</summary>
    public required string State { get; init; }
}

/// <summary><c>agent/worktrees/prune</c></summary>
/// <param name="Removed">What was removed, each with the ref that keeps its work.</param>
public sealed record PruneResult(IReadOnlyList<PrunedWorktree> Removed);

public sealed record PrunedWorktree(string Path, string? KeptRef = null);

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
