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

    /// <summary>When it was last changed by the product; null for a damaged one of which that is not known.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Length of its files together.</summary>
    public long? Bytes { get; init; }

    /// <summary>True when there are more files than are counted.</summary>
    public bool BytesAreMore { get; init; }

    /// <summary>Why it is there still, or what is wrong with it; one line.</summary>
    public string? Reason { get; init; }
}

/// <summary><c>agent/worktrees/prune</c></summary>
/// <param name="DryRun">Only tells what would be done.</param>
/// <param name="Path">Only the worktree of this folder, and no refs: a front end that goes one by one can show how far it is, and stop.</param>
/// <param name="Force">Also where a process has files open for writing.</param>
/// <param name="RefsOnly">Only kept refs past their time, and no worktree.</param>
public sealed record PruneParams(bool DryRun = false, string? Path = null, bool Force = false, bool RefsOnly = false);

/// <summary>Answer to <c>agent/worktrees/prune</c></summary>
/// <param name="Removed">What was removed, each with the ref that keeps its work.</param>
public sealed record PruneResult(IReadOnlyList<PrunedWorktree> Removed)
{
    /// <summary>What was left, and why.</summary>
    public IReadOnlyList<LeftWorktree> Left { get; init; } = [];

    /// <summary>Kept refs past their time, and other refs of tasks of which nothing is left.</summary>
    public IReadOnlyList<string> Refs { get; init; } = [];
}

/// <param name="Path">Absolute.</param>
/// <param name="KeptRef">Null where there was nothing to keep, and in a dry run.</param>
public sealed record PrunedWorktree(string Path, string? KeptRef = null)
{
    public string? Id { get; init; }

    /// <summary>Ignored files that were too large to be kept.</summary>
    public IReadOnlyList<string> NotKept { get; init; } = [];
}

/// <param name="Path">Absolute.</param>
/// <param name="Reason">One line.</param>
public sealed record LeftWorktree(string Path, string Reason)
{
    public string? Id { get; init; }

    /// <summary>True when it could not be removed, false when it is not to be.</summary>
    public bool Failed { get; init; }
}

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
