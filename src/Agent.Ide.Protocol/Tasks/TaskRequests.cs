namespace Agent.Ide.Protocol.Tasks;

/// <summary><c>agent/attach</c>: the first request of a connection.</summary>
/// <param name="ProtocolVersion">The client's, see <see cref="AgentMethods.ProtocolVersion"/>.</param>
/// <param name="Checkout">Absolute path or file URI of the checkout the connection speaks for.</param>
/// <param name="FromSeq">The last number the client saw; what it missed follows as notifications.</param>
/// <param name="Environment">
/// Settings and keys of the caller's own environment (<c>AGENT_IDE_*</c>, <c>OPENAI_API_KEY</c>, <c>SOURCE_DATE_EPOCH</c>): what this
/// connection creates uses them, instead of those of whoever happened to start the coordinator. Held in memory only.
/// </param>
public sealed record AttachParams(
    int ProtocolVersion,
    string Checkout,
    long? FromSeq = null,
    IReadOnlyDictionary<string, string>? Environment = null);

/// <param name="Tasks">All tasks of the repository, newest first.</param>
/// <param name="Seq">Number of the last event they include.</param>
/// <param name="Version">The coordinator's version.</param>
/// <param name="Notices">One line each about the checkout's configuration.</param>
public sealed record AttachResult(IReadOnlyList<AgentTask> Tasks, long Seq, string Version, IReadOnlyList<string> Notices);

/// <summary><c>agent/task/create</c></summary>
public sealed record CreateTaskParams
{
    public required string Prompt { get; init; }

    /// <summary>Null: the prompt's first line, shortened.</summary>
    public string? Title { get; init; }

    /// <summary>Branch, tag or commit to start from; null: the checkout's HEAD.</summary>
    public string? Base { get; init; }

    /// <summary>Null: as configured.</summary>
    public bool? IncludeUncommitted { get; init; }

    /// <summary>The place in a file that the prompt is about; null: none in particular.</summary>
    public TaskSelection? Selection { get; init; }

    public string? Model { get; init; }

    /// <summary>Not built yet: anything but an empty list is refused.</summary>
    public IReadOnlyList<string>? DependsOn { get; init; }

    /// <summary>Accept it by itself when it is ready.</summary>
    public bool Accept { get; init; }

    /// <summary>Nobody can answer an approval: the task is then denied at once.</summary>
    public bool Unattended { get; init; }

    /// <summary><c>none</c> or <c>full</c>; null: as configured. <c>full</c> is asked for before the task's first command.</summary>
    public string? Network { get; init; }

    /// <summary>The person who asks for the task allows it the network, so nobody is asked later.</summary>
    public bool AllowNetwork { get; init; }
}

public sealed record TaskListResult(IReadOnlyList<AgentTask> Tasks, long Seq);

/// <summary><c>agent/task/discard</c></summary>
/// <param name="Force">Also while a process has files in the worktree open for writing.</param>
public sealed record DiscardParams(string Id, bool Force = false);

/// <summary>Names a task; shared by all requests that need nothing else.</summary>
public sealed record TaskIdParams(string Id);

public sealed record TaskDetails(AgentTask Task, IReadOnlyList<TaskStep> Steps);

/// <summary><c>agent/task/message</c></summary>
public sealed record MessageParams(string Id, string Text, IReadOnlyList<LineComment>? Comments = null);

/// <param name="Line">1-based, on the new side of what the person looked at: the task's head then.</param>
/// <param name="Content">What that line says there; null: not told.</param>
public sealed record LineComment(string Path, int Line, string Text, string? Content = null);

/// <param name="Step">The last step that stays; 0 is the base.</param>
public sealed record RollbackParams(string Id, int Step);

/// <summary><c>agent/task/fork</c></summary>
/// <param name="Step">The last step that the new task has; 0 is the base.</param>
/// <param name="Prompt">What the new task is told before it goes on; null: it simply goes on from there.</param>
public sealed record ForkParams(string Id, int Step, string? Prompt = null);

/// <summary><c>agent/task/resumeCommit</c></summary>
/// <param name="Commit">A checkpoint: a hash, whole or abbreviated, or a branch that is on one.</param>
public sealed record ResumeCommitParams(string Commit);

/// <summary><c>agent/approval/respond</c></summary>
/// <param name="Decision">One of <see cref="ApprovalDecisions"/>.</param>
public sealed record ApprovalResponseParams(string Id, string Call, string Decision);

/// <summary><c>agent/task/changed</c> (to the client)</summary>
public sealed record TaskChangedParams(AgentTask Task, long Seq);

/// <summary><c>agent/task/stepAppended</c> (to the client)</summary>
public sealed record StepAppendedParams(string Id, TaskStep Step, long Seq);

/// <summary><c>agent/approval/requested</c> (to the client)</summary>
public sealed record ApprovalRequestedParams(string Id, string Call, string Tool, string Summary, string Arguments);

public sealed record EmptyParams;

public sealed record EmptyResult;
