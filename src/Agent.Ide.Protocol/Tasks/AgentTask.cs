using System.Text.Json.Serialization;

namespace Agent.Ide.Protocol.Tasks;

/// <summary>
/// A task as front ends see it (contract: <c>Task</c>). Always a whole snapshot, never a difference: the newest one
/// wins, and <c>seq</c> of the notification that carried it says which is newest.
/// </summary>
public sealed record AgentTask
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Prompt { get; init; }

    /// <summary>One of the contract's states, in camel case.</summary>
    public required string State { get; init; }

    public required string Branch { get; init; }

    /// <summary>File URI of the worktree, in the spelling the client used for its checkout.</summary>
    public required string Worktree { get; init; }

    public required TaskBase Base { get; init; }

    /// <summary>Full hash of the branch's tip.</summary>
    public required string Head { get; init; }

    /// <summary>The model that answers, or the one asked for while none has; null when neither is known.</summary>
    public string? Model { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Number of steps so far.</summary>
    public required int Steps { get; init; }

    /// <summary>What it does at this moment, for a person; null when it does nothing.</summary>
    public string? Activity { get; init; }

    public required TaskChanges Changes { get; init; }

    public required TaskBudget Budget { get; init; }

    /// <summary>Approvals that wait for an answer.</summary>
    public IReadOnlyList<TaskApproval> Approvals { get; init; } = [];

    /// <summary>The agent's question while the state is <c>waitingForUser</c>.</summary>
    public string? Question { get; init; }

    public IReadOnlyList<PlanItemState> Plan { get; init; } = [];

    /// <summary>Ids of tasks that would conflict with this one; <c>user</c> stands for uncommitted edits.</summary>
    public IReadOnlyList<string> ConflictsWith { get; init; } = [];

    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>The task whose conversation it went on with; it may be one of another clone, unknown here.</summary>
    public string? Parent { get; init; }

    /// <summary>The last of the parent's steps that it has; its own steps count on from there.</summary>
    public int? ParentStep { get; init; }

    public TaskValidation? Validation { get; init; }

    /// <summary>The agent's closing words.</summary>
    public string? Summary { get; init; }

    public TaskFailure? Error { get; init; }

    /// <summary>Hash of the user's commit that the accept made; null before.</summary>
    public string? AcceptedCommit { get; init; }

    /// <summary>Until when a merged or discarded task can be restored for certain; null while it has its worktree.</summary>
    public DateTimeOffset? RestorableUntil { get; init; }

    /// <summary>One line each: what could not be kept of the worktree when it was removed, and who still used it. Also among <see cref="Notices"/>.</summary>
    public IReadOnlyList<string> RemovalNotices { get => field ?? []; init; } = [];

    /// <summary>One line each: settings that were ignored for want of trust, a model that was chosen by discovery.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}

/// <param name="Ref">What the user named or was on.</param>
/// <param name="Commit">Full hash of the commit the branch starts from.</param>
public sealed record TaskBase(string Ref, string Commit);

/// <summary>What the head changes against the base.</summary>
public sealed record TaskChanges(int Files, int Additions, int Deletions);

/// <summary>The gauge. Counts are tokens; <see cref="Estimated"/> says that some were not counted by the provider.</summary>
public sealed record TaskBudget
{
    /// <summary>Hard limit of prompt plus reserved output.</summary>
    public required int MaxTokens { get; init; }

    public required int ThresholdTokens { get; init; }

    /// <summary>In the context now.</summary>
    public required int ContextTokens { get; init; }

    public required long InputTokens { get; init; }

    public required long CachedInputTokens { get; init; }

    public required long OutputTokens { get; init; }

    public long DelegatedTokens { get; init; }

    public long SavedTokens { get; init; }

    /// <summary>Null where no price is known.</summary>
    public decimal? CostUsd { get; init; }

    public required bool Estimated { get; init; }
}

/// <param name="Call">Id of the call, for <c>agent/approval/respond</c>.</param>
/// <param name="Tool">Name of the tool.</param>
/// <param name="Summary">What exactly would happen: the command itself.</param>
/// <param name="Arguments">JSON text.</param>
/// <param name="Reason"><c>noSandbox</c>, <c>always</c>, <c>remote</c>, or <c>network</c>: for all commands of the task.</param>
public sealed record TaskApproval(string Call, string Tool, string Summary, string Arguments, string Reason);

public sealed record PlanItemState(string Text, string Status);

/// <param name="State"><c>running</c>, <c>passed</c> or <c>failed</c>.</param>
public sealed record TaskValidation(string State, string Command, int? ExitCode = null, string? Log = null);

/// <param name="Code">Stable, camel case.</param>
/// <param name="Message">What happened; one line.</param>
/// <param name="Hint">What to do; one line.</param>
/// <param name="ExitCode">Exit code of <c>agent-ide run</c> for it.</param>
public sealed record TaskFailure(string Code, string Message, string? Hint, int ExitCode)
{
    /// <summary>For reading: what is absent on the wire is null here.</summary>
    [JsonConstructor]
    internal TaskFailure(string code, string message, int exitCode, string? hint = null)
        : this(code, message, hint, exitCode)
    {
    }
}

/// <summary>A finished tool call (contract: <c>Step</c>).</summary>
public sealed record TaskStep
{
    public required int Number { get; init; }

    public required string Tool { get; init; }

    public required int Version { get; init; }

    /// <summary>JSON text, cut to 500 characters.</summary>
    public required string Arguments { get; init; }

    public required string Summary { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required long DurationMs { get; init; }

    public string? Commit { get; init; }

    public IReadOnlyList<string> Files { get; init; } = [];

    public required StepTokens Tokens { get; init; }

    /// <summary>Code of the tool's error; null when it succeeded.</summary>
    public string? Error { get; init; }

    /// <summary>The answer of a person that the call ran on; null where none was needed.</summary>
    public StepApproval? Approval { get; init; }
}

/// <param name="By">
/// <c>user</c>: this call was allowed; <c>task</c> or <c>repository</c>: the same call had been allowed for the rest of the task, or
/// for every task of the repository.
/// </param>
/// <param name="Summary">What exactly was allowed, whole: the command itself.</param>
public sealed record StepApproval(string By, string Summary);

/// <param name="Context">Prompt plus answer of the request that asked for the step.</param>
public sealed record StepTokens(int Context, int Input, int Output);
