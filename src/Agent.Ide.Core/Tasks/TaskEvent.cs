using System.Text.Json.Serialization;

namespace Agent.Ide.Core.Tasks;

/// <summary>
/// One entry of a task's log. The log is the truth about a task: it is only ever appended to, each entry is stored
/// before it is acted on, and <see cref="TaskSnapshot"/> is nothing but a fold of it. The JSON form is what lies on
/// disk; a property may be added, none may change its meaning.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(TaskCreated), "created")]
[JsonDerivedType(typeof(TaskStateChanged), "state")]
[JsonDerivedType(typeof(WorktreeCreated), "worktree")]
[JsonDerivedType(typeof(SetupStarted), "setupStarted")]
[JsonDerivedType(typeof(SetupFinished), "setupFinished")]
[JsonDerivedType(typeof(SetupStored), "setupStored")]
[JsonDerivedType(typeof(InstructionsLoaded), "instructions")]
[JsonDerivedType(typeof(MessageAdded), "message")]
[JsonDerivedType(typeof(ModelAnswered), "answer")]
[JsonDerivedType(typeof(AnswerRejected), "rejected")]
[JsonDerivedType(typeof(ApprovalRequested), "approvalRequested")]
[JsonDerivedType(typeof(ApprovalAnswered), "approvalAnswered")]
[JsonDerivedType(typeof(StandingApprovalUsed), "standingApproval")]
[JsonDerivedType(typeof(StepStarted), "stepStarted")]
[JsonDerivedType(typeof(StepFinished), "stepFinished")]
[JsonDerivedType(typeof(PlanUpdated), "plan")]
[JsonDerivedType(typeof(ResultsShortened), "shortened")]
[JsonDerivedType(typeof(ContextCompacted), "compacted")]
[JsonDerivedType(typeof(RunContinued), "continued")]
[JsonDerivedType(typeof(LimitsChanged), "limits")]
[JsonDerivedType(typeof(RolledBack), "rolledBack")]
[JsonDerivedType(typeof(ChangesMeasured), "changes")]
[JsonDerivedType(typeof(TaskAccepted), "accepted")]
[JsonDerivedType(typeof(PartAccepted), "partAccepted")]
[JsonDerivedType(typeof(TaskDiscarded), "discarded")]
[JsonDerivedType(typeof(TaskRestored), "restored")]
[JsonDerivedType(typeof(ConversationInherited), "inherited")]
public abstract record TaskEvent
{
    /// <summary>When it was appended, UTC.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary>The first entry of every log: all that the task needs to know about where it came from.</summary>
public sealed record TaskCreated : TaskEvent
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Prompt { get; init; }

    /// <summary>Root of the user's checkout that the task was made for; absolute.</summary>
    public required string Checkout { get; init; }

    /// <summary>What the user named or was on: a branch name, another ref, or a commit hash.</summary>
    public required string BaseRef { get; init; }

    /// <summary>Full hash of the commit the branch starts from; with carried work, see <see cref="WorktreeCreated"/>.</summary>
    public required string BaseCommit { get; init; }

    /// <summary>The full ref that accept lands on; null when the checkout's HEAD was detached.</summary>
    public string? TargetRef { get; init; }

    public required string Branch { get; init; }

    /// <summary>Absolute path of the worktree.</summary>
    public required string Worktree { get; init; }

    public bool IncludeUncommitted { get; init; }

    /// <summary>Null: what the provider offers first.</summary>
    public string? Model { get; init; }

    /// <summary>The model's context window in tokens, prompt plus answer; null where its server did not tell.</summary>
    public int? ModelWindow { get; init; }

    /// <summary>The configuration as it was when the task was made; later edits do not change a task.</summary>
    public required TaskSettings Settings { get; init; }

    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>The task accepts itself when it becomes ready.</summary>
    public bool AcceptWhenReady { get; init; }

    /// <summary>True when no person can be asked: an approval is then denied at once.</summary>
    public bool Unattended { get; init; }

    /// <summary>The task whose conversation it goes on with; null for a task that began with its prompt.</summary>
    public string? Parent { get; init; }

    /// <summary>The last of the parent's steps that it has; 0 is the parent's base.</summary>
    public int? ParentStep { get; init; }

    /// <summary>
    /// Where the branch begins, full hash, when that is not what its changes are measured against: a checkpoint on the way from
    /// <see cref="BaseCommit"/>. Null: at the base.
    /// </summary>
    public string? StartCommit { get; init; }

    /// <summary>
    /// The id of the task that a person allowed the network when they asked for it. It counts only where it is this task's own
    /// id: what is made from another task's creation has not been allowed anything.
    /// </summary>
    public string? NetworkAllowedFor { get; init; }

    /// <summary>With <see cref="StartCommit"/>: paths of the user's uncommitted work that the base carries (<see cref="WorktreeCreated"/>).</summary>
    public IReadOnlyList<string> CarriedPaths { get => field ?? []; init; } = [];
}

public sealed record TaskStateChanged : TaskEvent
{
    public required TaskState To { get; init; }

    public TaskError? Error { get; init; }

    /// <summary>The agent's closing words, when it became ready.</summary>
    public string? Summary { get; init; }

    /// <summary>With <see cref="TaskState.Merging"/>: a person chose some of the task's files or hunks, so nothing but a person may land the others.</summary>
    public bool OfPart { get; init; }

    /// <summary>With <see cref="TaskState.Merging"/>: where it lands, when that is not the task's target branch.</summary>
    public LandingPlace? Onto { get; init; }

    /// <summary>
    /// With <see cref="TaskState.Merging"/>: where that place was just before, full hash. What is there or below is not what this accept
    /// lands, though it may name the task: an accept from before a restore. Null: it was nowhere, or an earlier version did not say.
    /// </summary>
    public string? Above { get; init; }
}

/// <summary>What an accept lands on that was told to land on whatever is checked out. Stored before it lands, so that it is found there after a crash.</summary>
/// <param name="Checkout">Root of the checkout.</param>
/// <param name="Ref">Full name of the branch that was checked out; null: HEAD was detached.</param>
public sealed record LandingPlace(string Checkout, string? Ref);

public sealed record WorktreeCreated : TaskEvent
{
    /// <summary>The commit the branch starts from: the base, or a synthetic commit on it with the user's carried work.</summary>
    public required string BaseCommit { get; init; }

    /// <summary>Paths of the user's uncommitted work that the base carries; they must be committed before an accept.</summary>
    public IReadOnlyList<string> CarriedPaths { get; init; } = [];

    /// <summary>Tip of the new branch; null: the base.</summary>
    public string? Head { get; init; }

    /// <summary>One line each, for a person: what the user's checkout has and the worktree was not given.</summary>
    public IReadOnlyList<string> Notices { get => field ?? []; init; } = [];
}

/// <summary>The repository's own instructions for agents, as they went into the prompt.</summary>
public sealed record InstructionsLoaded : TaskEvent
{
    /// <summary>Repository-relative paths, outermost first.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Their text, already cut to the budget.</summary>
    public required string Text { get; init; }
}

/// <summary>What a person said to the agent after the prompt.</summary>
public sealed record MessageAdded : TaskEvent
{
    public required string Text { get; init; }
}

/// <summary>One turn of the model, whole, with what it cost.</summary>
public sealed record ModelAnswered : TaskEvent
{
    public string Text { get; init; } = string.Empty;

    public IReadOnlyList<RequestedCall> Calls { get; init; } = [];

    /// <summary>The model that answered, as the provider names it.</summary>
    public required string Model { get; init; }

    public required TokenUsage Usage { get; init; }

    /// <summary>What the harness had estimated for the prompt of this request, in tokens.</summary>
    public int EstimatedPromptTokens { get; init; }

    /// <summary>Length of all that was sent as UTF-8 (ASCII: characters), for calibrating the estimator.</summary>
    public int PromptCharacters { get; init; }

    public long DurationMs { get; init; }

    /// <summary>True when the answer was cut off at the reserved output.</summary>
    public bool Truncated { get; init; }
}

/// <summary>An answer nothing could be done with (empty, not valid JSON): the model is told why and asked again.</summary>
public sealed record AnswerRejected : TaskEvent
{
    public required string Reason { get; init; }
}

/// <summary>A tool call as the model asked for it, not validated.</summary>
/// <param name="CallId">Unique within the task; made by the harness where the server gave none.</param>
/// <param name="Tool">The name the model used.</param>
/// <param name="Arguments">Raw JSON text of the arguments.</param>
public sealed record RequestedCall(string CallId, string Tool, string Arguments);

public sealed record ApprovalRequested : TaskEvent
{
    /// <summary><see cref="Reason"/>: it would run without a sandbox.</summary>
    public const string NoSandbox = "noSandbox";

    /// <summary><see cref="Reason"/>: the configuration wants it so.</summary>
    public const string Always = "always";

    /// <summary><see cref="Reason"/>: it leaves the machine.</summary>
    public const string Remote = "remote";

    /// <summary><see cref="Reason"/>: the task's commands may have the network.</summary>
    public const string Network = "network";

    public required string CallId { get; init; }

    public required string Tool { get; init; }

    /// <summary>What exactly would happen, for a person: the command itself for <c>run_command</c>.</summary>
    public required string Summary { get; init; }

    public required string Arguments { get; init; }

    /// <summary>Why it is asked.</summary>
    public required string Reason { get; init; }
}

public sealed record ApprovalAnswered : TaskEvent
{
    public required string CallId { get; init; }

    public required ApprovalDecision Decision { get; init; }

    /// <summary><see cref="By"/> where nobody could be asked.</summary>
    public const string ByNobody = "unattended";

    /// <summary>Who answered: <c>user</c>, or <c>unattended</c> where nobody could be asked.</summary>
    public string By { get; init; } = "user";
}

public enum ApprovalDecision
{
    Allow,

    /// <summary>This call, and every later call of the same tool with the same arguments in this task.</summary>
    AllowAlways,
    Deny,

    /// <summary>This call; the later ones of every task of the repository find the answer outside of the log.</summary>
    AllowAlwaysInRepository,
}

/// <summary>A call that would have been asked about is covered by what a person allowed for the whole repository.</summary>
public sealed record StandingApprovalUsed : TaskEvent
{
    /// <summary>What a person would have been asked.</summary>
    public required ApprovalRequested Request { get; init; }
}

/// <summary>The intent: stored before the tool runs. A start without a finish after a restart is an interrupted call.</summary>
public sealed record StepStarted : TaskEvent
{
    /// <summary><see cref="AllowedBy"/>: a person answered this very call.</summary>
    public const string AllowedByUser = "user";

    /// <summary><see cref="AllowedBy"/>: a person had allowed the same call for the rest of the task.</summary>
    public const string AllowedByTask = "task";

    /// <summary><see cref="AllowedBy"/>: a person had allowed the same call for the whole repository.</summary>
    public const string AllowedByRepository = "repository";

    /// <summary>From 1, without gaps on the current line of history.</summary>
    public required int Step { get; init; }

    public required string CallId { get; init; }

    public required string Tool { get; init; }

    public required int Version { get; init; }

    /// <summary>JSON text after mapping of older names and validation.</summary>
    public required string Arguments { get; init; }

    /// <summary>Which answer of a person allowed the call; null where none was needed.</summary>
    public string? AllowedBy { get; init; }
}

public sealed record StepFinished : TaskEvent
{
    public required int Step { get; init; }

    public required string CallId { get; init; }

    /// <summary>What the model gets to read: the content itself, or a short summary with a reference.</summary>
    public required string Content { get; init; }

    /// <summary>Hash under which the whole content can be fetched, when <see cref="Content"/> is only a summary.</summary>
    public string? ContentRef { get; init; }

    /// <summary>One line for people and for the commit's subject.</summary>
    public required string Summary { get; init; }

    public long DurationMs { get; init; }

    /// <summary>Full hash of the step's commit; null when no file changed.</summary>
    public string? Commit { get; init; }

    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Null when the tool succeeded.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>Estimated tokens that are not sent because <see cref="Content"/> is only a summary.</summary>
    public int SavedTokens { get; init; }
}

public sealed record PlanUpdated : TaskEvent
{
    public required IReadOnlyList<PlanEntry> Items { get; init; }
}

/// <param name="Text">What is to be done.</param>
/// <param name="Status"><c>pending</c>, <c>active</c> or <c>done</c>.</param>
public sealed record PlanEntry(string Text, string Status);

/// <summary>Results of earlier steps were replaced by references in what is sent; the artifacts keep them whole.</summary>
public sealed record ResultsShortened : TaskEvent
{
    public required IReadOnlyList<ShortenedResult> Results { get; init; }

    /// <summary>Estimated tokens that are no longer sent.</summary>
    public int SavedTokens { get; init; }
}

/// <param name="Step">Number of the step whose result it is.</param>
/// <param name="Content">What is sent from now on.</param>
/// <param name="ContentRef">Hash under which the whole result can be fetched.</param>
public sealed record ShortenedResult(int Step, string Content, string ContentRef);

/// <summary>
/// A running task's loop was started again by a new process, or the clock was set: the time since the entry before was nobody's
/// running time.
/// </summary>
public sealed record RunContinued : TaskEvent;

/// <summary>A person resumed the task under a configuration with other limits; these hold from here on.</summary>
public sealed record LimitsChanged : TaskEvent
{
    public required TaskLimits Limits { get; init; }

    /// <summary>As <see cref="TaskSettings.TimeSeconds"/>.</summary>
    public required int TimeSeconds { get; init; }
}

/// <summary>Older turns were replaced by a summary in what is sent; the log keeps them whole.</summary>
public sealed record ContextCompacted : TaskEvent
{
    /// <summary>Number of conversation turns, from the start, that the summary stands for.</summary>
    public required int ThroughTurn { get; init; }

    public required string Summary { get; init; }

    /// <summary>Estimated tokens that are no longer sent.</summary>
    public int SavedTokens { get; init; }
}

public sealed record RolledBack : TaskEvent
{
    /// <summary>The last step that stays; 0 means the base.</summary>
    public required int ToStep { get; init; }

    /// <summary>The commit the branch is on now.</summary>
    public required string Head { get; init; }

    /// <summary>Ref that pins the undone steps; null when nothing was undone.</summary>
    public string? KeptRef { get; init; }

    /// <summary>The base that partial accepts had advanced, as it is after this; null: as it was.</summary>
    public string? BaseCommit { get; init; }
}

/// <summary>What the task's head changes against its base.</summary>
public sealed record ChangesMeasured : TaskEvent
{
    public required int Files { get; init; }

    public required int Additions { get; init; }

    public required int Deletions { get; init; }
}

public sealed record TaskAccepted : TaskEvent
{
    /// <summary>The user's commit that landed; null when there was nothing to merge.</summary>
    public string? Commit { get; init; }

    public required string Strategy { get; init; }

    public required string Head { get; init; }

    /// <summary>One line each: what the user saved in the very moment it was replaced, and where it is kept.</summary>
    public IReadOnlyList<string> Kept { get; init; } = [];
}

public sealed record TaskDiscarded : TaskEvent
{
    public string? KeptRef { get; init; }

    /// <summary>One line each, for a person: what could not be kept, who used the folder.</summary>
    public IReadOnlyList<string> Notices { get => field ?? []; init; } = [];
}

public sealed record TaskRestored : TaskEvent
{
    public required string Head { get; init; }
}

/// <summary>
/// Ends the entries that a new task took over from another one's conversation. What those cost was paid by the other task, so
/// the totals begin here; what the context holds, and the step numbers, go on. Calls that nobody has answered are forgotten:
/// the model asks for what it still needs, and nothing runs here that was asked for elsewhere.
/// </summary>
public sealed record ConversationInherited : TaskEvent
{
    /// <summary>The other task's id; it need not be known here.</summary>
    public required string From { get; init; }

    /// <summary>The last step taken over; 0 when none.</summary>
    public required int Step { get; init; }

    /// <summary>Full hash of the commit that the branch starts from.</summary>
    public required string Head { get; init; }
}

/// <summary>Why a task failed or stopped, for a person.</summary>
/// <param name="Code">Stable, camel case: <c>modelUnreachable</c>, <c>loopGuard</c>, <c>diskFull</c>, …</param>
/// <param name="Message">What happened, to what; one line.</param>
/// <param name="Hint">What to do now; one line.</param>
/// <param name="ExitCode">The exit code of <c>agent-ide run</c> that fits (contract, "Exit codes").</param>
public sealed record TaskError(string Code, string Message, string? Hint = null, int ExitCode = 1);

/// <summary>Tokens of one request. All counts include what was cached.</summary>
/// <param name="Input">Prompt tokens.</param>
/// <param name="CachedInput">The part of <paramref name="Input"/> the provider served from its cache.</param>
/// <param name="Output">Completion tokens.</param>
/// <param name="Estimated">True when the provider reported no usage and these are the harness's own estimates.</param>
public sealed record TokenUsage(int Input, int CachedInput, int Output, bool Estimated);
