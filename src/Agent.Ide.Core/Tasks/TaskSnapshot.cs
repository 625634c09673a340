using System.Collections.Immutable;

namespace Agent.Ide.Core.Tasks;

/// <summary>
/// What a task's log amounts to so far: an immutable fold of its events. Nothing is known about a task that is not
/// here, and nothing here can be changed but by appending an event.
/// </summary>
public sealed record TaskSnapshot
{
    public required TaskCreated Created { get; init; }

    public string Id => Created.Id;

    /// <summary>Number of events folded.</summary>
    public long Sequence { get; init; }

    public TaskState State { get; init; } = TaskState.Queued;

    /// <summary>The state before <see cref="State"/>; after a roll back the same, for it was not the agent that came to rest there.</summary>
    public TaskState PreviousState { get; init; } = TaskState.Queued;

    public TaskError? Error { get; init; }

    public string? Summary { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When it last entered <see cref="TaskState.Running"/>; null while it does not run.</summary>
    public DateTimeOffset? RunningSince { get; init; }

    /// <summary>Time spent in <see cref="TaskState.Running"/> before <see cref="RunningSince"/>.</summary>
    public TimeSpan RunningTime { get; init; }

    /// <summary>When the newest event was appended.</summary>
    public DateTimeOffset LastEventAt { get; init; }

    /// <summary>Where the current stretch of work began: limits count from there.</summary>
    public TaskRound Round { get; init; } = new(0, 0, TimeSpan.Zero);

    /// <summary>The limits of the last resume that changed them; null: as the task was made.</summary>
    public LimitsChanged? Granted { get; init; }

    public TaskLimits Limits => Granted?.Limits ?? Created.Settings.Limits;

    /// <summary>As <see cref="TaskSettings.TimeSeconds"/>.</summary>
    public int TimeSeconds => Granted?.TimeSeconds ?? Created.Settings.TimeSeconds;

    /// <summary>Null until the worktree exists.</summary>
    public WorktreeCreated? Worktree { get; init; }

    public TaskSetup Setup { get; init; } = new();

    /// <summary>Whether the worktree is as the agent is to find it.</summary>
    public bool IsSetUp => Created.Settings.Setup.Count == 0 || Setup.IsStored;

    /// <summary>What diffs and merges are made against: <see cref="StartCommit"/>, advanced by partial accepts.</summary>
    public string BaseCommit => AdvancedBase ?? StartCommit;

    /// <summary>The commit below the first checkpoint: where step 0 is.</summary>
    public string StartCommit => Worktree?.BaseCommit ?? Created.BaseCommit;

    /// <summary>The base after the last partial accept, full hash; null: nothing has landed in part.</summary>
    public string? AdvancedBase { get; init; }

    /// <summary>Every partial accept so far, oldest first.</summary>
    public ImmutableList<PartAccepted> Parts { get; init; } = [];

    /// <summary>While it is merging: only some of its files.</summary>
    public bool MergesPart { get; init; }

    /// <summary>While it is merging: where to, when that is not the target branch.</summary>
    public LandingPlace? MergesOnto { get; init; }

    /// <summary>While it is merging: what was there before (<see cref="TaskStateChanged.Above"/>).</summary>
    public string? MergesAbove { get; init; }

    /// <summary>Tip of the branch as far as the log knows.</summary>
    public required string Head { get; init; }

    public InstructionsLoaded? Instructions { get; init; }

    public ImmutableList<ConversationTurn> Conversation { get; init; } = [];

    public ContextCompacted? Compaction { get; init; }

    public ImmutableList<Step> Steps { get; init; } = [];

    /// <summary>A step whose intent is stored and whose result is not: it runs now, or was interrupted.</summary>
    public StepStarted? OpenStep { get; init; }

    /// <summary>Number of conversation turns when <see cref="OpenStep"/> started: what a person said later is its answer.</summary>
    public int OpenStepTurn { get; init; }

    public ImmutableList<PendingApproval> Approvals { get; init; } = [];

    public ImmutableList<ApprovalRequested> AllowedAlways { get; init; } = [];

    /// <summary>What a person said about the network for this task; null while nobody said anything.</summary>
    public bool? NetworkAllowed { get; init; }

    public ImmutableList<PlanEntry> Plan { get; init; } = [];

    public ContextUsage Usage { get; init; } = new();

    public ChangesMeasured? Changes { get; init; }

    public TaskAccepted? Accepted { get; init; }

    /// <summary>Ref that pins what a discard removed; null while nothing is discarded.</summary>
    public string? KeptRef { get; init; }

    /// <summary>When its worktree was removed; null while it has one, or never had.</summary>
    public DateTimeOffset? RemovedAt { get; init; }

    /// <summary>What a person is told of the removal.</summary>
    public IReadOnlyList<string> RemovalNotices { get; init; } = [];

    /// <summary>Its worktree is back, and its state does not say so yet.</summary>
    public bool IsBeingRestored { get; init; }

    public int LastStep => Steps.Count == 0 ? 0 : Steps[^1].Number;

    public static TaskSnapshot Fold(IEnumerable<TaskEvent> events)
    {
        TaskSnapshot? snapshot = null;
        foreach (var entry in events)
        {
            snapshot = snapshot is null ? Start((TaskCreated)entry) : snapshot.Apply(entry);
        }

        return snapshot ?? throw new ArgumentException("A task's log starts with its creation; this one is empty.", nameof(events));
    }

    public static TaskSnapshot Start(TaskCreated created) => new()
    {
        Created = created,
        LastEventAt = created.At,
        Sequence = 1,
        Head = created.BaseCommit,
        NetworkAllowed = created.NetworkAllowedFor == created.Id ? true : null,
        Conversation = [new UserTurn(created.Prompt)],
    };

    /// <exception cref="InvalidOperationException">The event does not fit the state; nothing was changed.</exception>
    public TaskSnapshot Apply(TaskEvent entry)
    {
        var next = entry switch
        {
            TaskStateChanged e => ApplyState(e),
            WorktreeCreated e => this with { Worktree = e, Head = e.Head ?? e.BaseCommit },
            SetupStarted e => this with { Setup = Setup.Start(e) },
            SetupFinished e => this with
            {
                Setup = Setup.Finish(e),
                Approvals = Approvals.RemoveAll(approval => approval.Request.CallId == TaskSetup.CallOf(e.Number)),
            },
            SetupStored e => this with { Setup = Setup with { IsStored = true }, Worktree = Worktree! with { BaseCommit = e.BaseCommit }, Head = e.Head },
            InstructionsLoaded e => this with { Instructions = e },
            MessageAdded e => this with { Conversation = Conversation.Add(new UserTurn(e.Text)) },
            ModelAnswered e => this with
            {
                Conversation = Conversation.Add(new AssistantTurn(e.Text, [.. e.Calls]) { Truncated = e.Truncated }),
                Usage = Usage.Add(e),
            },
            AnswerRejected e => this with { Conversation = Conversation.Add(new UserTurn(e.Reason, FromHarness: true)) },
            ApprovalRequested e => this with
            {
                Approvals = Approvals.RemoveAll(approval => approval.Request.CallId == e.CallId).Add(new PendingApproval(e, null)),
            },
            ApprovalAnswered e => ApplyApproval(e),
            StandingApprovalUsed e => this with
            {
                Approvals = Approvals.Add(new PendingApproval(e.Request, ApprovalDecision.AllowAlwaysInRepository) { AllowedBy = StepStarted.AllowedByRepository }),
            },
            StepStarted e => this with { OpenStep = e, OpenStepTurn = Conversation.Count },
            StepFinished e => ApplyStep(e),
            PlanUpdated e => this with { Plan = [.. e.Items] },
            ResultsShortened e => ApplyShortened(e),
            RunContinued e => ApplyContinued(e),
            LimitsChanged e => this with { Granted = e },
            ContextCompacted e => this with { Compaction = e, Usage = Usage with { SavedTokens = Usage.SavedTokens + e.SavedTokens } },
            RolledBack e => ApplyRollback(e),
            ChangesMeasured e => this with { Changes = e },
            TaskAccepted e => this with { Accepted = e },
            PartAccepted e => this with { AdvancedBase = e.BaseCommit, Parts = Parts.Add(e) },
            TaskDiscarded e => this with { KeptRef = e.KeptRef, RemovedAt = e.At, RemovalNotices = e.Notices },
            TaskRestored e => this with { KeptRef = null, Head = e.Head, RemovedAt = null, RemovalNotices = [], IsBeingRestored = true, Setup = new TaskSetup() },
            ConversationInherited e => ApplyInherited(e),
            _ => throw new InvalidOperationException($"A log cannot hold {entry.GetType().Name} after its first entry."),
        };
        return next with { Sequence = Sequence + 1, LastEventAt = entry.At };
    }

    private TaskSnapshot ApplyState(TaskStateChanged e)
    {
        if (!TaskTransitions.IsAllowed(State, e.To))
        {
            throw new InvalidOperationException($"Task {Id} is {State}; it cannot become {e.To}.");
        }

        var startsRound = e.To == TaskState.Running && (State == TaskState.Preparing || State.IsSettled());
        return this with
        {
            State = e.To,
            PreviousState = State,
            IsBeingRestored = false,
            MergesPart = e.OfPart,
            MergesOnto = e.Onto,
            MergesAbove = e.Above,
            Round = startsRound ? new TaskRound(LastStep, Conversation.Count, RunningTime) : Round,
            // Whoever starts the task again after a refusal that nobody was there for has decided to go on without.
            Approvals = startsRound ? Approvals.ConvertAll(approval => approval with { Unattended = false }) : Approvals,
            Error = e.Error,
            Summary = e.Summary ?? Summary,
            StartedAt = StartedAt ?? (e.To == TaskState.Preparing ? e.At : null),
            EndedAt = e.To.IsSettled() ? e.At : null,
            RunningSince = e.To == TaskState.Running ? e.At : null,
            RunningTime = RunningTime + (RunningSince is { } since && e.At > since ? e.At - since : TimeSpan.Zero),
        };
    }

    private TaskSnapshot ApplyApproval(ApprovalAnswered e)
    {
        var index = Approvals.FindIndex(approval => approval.Request.CallId == e.CallId);
        if (index < 0)
        {
            return this;
        }

        var answered = Approvals[index] with { Decision = e.Decision, Unattended = e.By == ApprovalAnswered.ByNobody };
        return this with
        {
            Approvals = Approvals.SetItem(index, answered),
            AllowedAlways = e.Decision == ApprovalDecision.AllowAlways ? AllowedAlways.Add(answered.Request) : AllowedAlways,
            NetworkAllowed = answered.Request.Reason == ApprovalRequested.Network ? e.Decision != ApprovalDecision.Deny : NetworkAllowed,
        };
    }

    private TaskSnapshot ApplyStep(StepFinished e)
    {
        var step = new Step
        {
            Number = e.Step,
            CallId = e.CallId,
            Tool = OpenStep?.Tool ?? string.Empty,
            Version = OpenStep?.Version ?? 1,
            Arguments = OpenStep?.Arguments ?? "{}",
            AllowedBy = OpenStep?.AllowedBy,
            Summary = e.Summary,
            StartedAt = OpenStep?.At ?? e.At,
            DurationMs = e.DurationMs,
            Commit = e.Commit,
            Files = e.Files,
            ErrorCode = e.ErrorCode,
            ContextTokens = Usage.ContextTokens,
            InputTokens = Usage.LastInputTokens,
            OutputTokens = Usage.LastOutputTokens,
        };
        return this with
        {
            OpenStep = null,
            Steps = Steps.Add(step),
            Head = e.Commit ?? Head,
            Usage = Usage with { SavedTokens = Usage.SavedTokens + e.SavedTokens },
            Approvals = Approvals.RemoveAll(approval => approval.Request.CallId == e.CallId),
            Conversation = Conversation.Add(new ToolTurn(e.CallId, step.Tool, e.Content, e.ContentRef, e.Step)),
        };
    }

    private TaskSnapshot ApplyShortened(ResultsShortened e)
    {
        var conversation = Conversation.ToBuilder();
        foreach (var result in e.Results)
        {
            var index = conversation.FindLastIndex(turn => turn is ToolTurn tool && tool.Step == result.Step);
            if (index >= 0)
            {
                conversation[index] = (ToolTurn)conversation[index] with { Content = result.Content, ContentRef = result.ContentRef };
            }
        }

        return this with
        {
            Conversation = conversation.ToImmutable(),
            Usage = Usage with { SavedTokens = Usage.SavedTokens + e.SavedTokens },
        };
    }

    private TaskSnapshot ApplyContinued(RunContinued e) => RunningSince is not { } since
        ? this
        : this with
        {
            RunningTime = RunningTime + (LastEventAt > since ? LastEventAt - since : TimeSpan.Zero),
            RunningSince = e.At,
        };

    private TaskSnapshot ApplyInherited(ConversationInherited e)
    {
        var kept = WithoutOpenCalls(Conversation);
        return this with
        {
            Conversation = kept,
            OpenStep = null,
            Head = e.Head,
            Usage = Usage.Inherited(),
            Compaction = Compaction is { } compaction && compaction.ThroughTurn > kept.Count ? null : Compaction,
        };
    }

    /// <summary>Without the calls of the model's last turn that have no result, and without that turn where none of its calls has.</summary>
    private static ImmutableList<ConversationTurn> WithoutOpenCalls(ImmutableList<ConversationTurn> conversation)
    {
        var asking = conversation.FindLastIndex(turn => turn is AssistantTurn);
        if (asking < 0 || conversation[asking] is not AssistantTurn { Calls.IsEmpty: false } assistant)
        {
            return conversation;
        }

        var answered = conversation.OfType<ToolTurn>().Select(turn => turn.CallId).ToHashSet(StringComparer.Ordinal);
        var calls = assistant.Calls.Where(call => answered.Contains(call.CallId)).ToImmutableArray();
        return calls.IsEmpty ? conversation.RemoveAt(asking) : conversation.SetItem(asking, assistant with { Calls = calls });
    }

    private TaskSnapshot ApplyRollback(RolledBack e)
    {
        // The conversation goes back to just after the last step that stays; calls that the model had asked for
        // beside it are forgotten, so that nobody runs them from a plan that no longer holds.
        var last = e.ToStep == 0
            ? 0
            : Conversation.FindIndex(turn => turn is ToolTurn tool && tool.Step == e.ToStep);
        var kept = WithoutOpenCalls(Conversation.GetRange(0, last + 1));
        return this with
        {
            PreviousState = State,
            Conversation = kept,
            Steps = Steps.RemoveAll(step => step.Number > e.ToStep),
            OpenStep = null,
            Approvals = [],
            Round = Round with { AfterStep = Math.Min(Round.AfterStep, e.ToStep), FromTurn = Math.Min(Round.FromTurn, kept.Count) },
            Head = e.Head,
            AdvancedBase = e.BaseCommit ?? AdvancedBase,
            Compaction = Compaction is { } compaction && compaction.ThroughTurn > kept.Count ? null : Compaction,
        };
    }
}

/// <summary>A request for a person's answer; <paramref name="Decision"/> is null while it waits.</summary>
public sealed record PendingApproval(ApprovalRequested Request, ApprovalDecision? Decision)
{
    /// <summary>True when it was denied because nobody could be asked, in the current stretch of work.</summary>
    public bool Unattended { get; init; }

    /// <summary>As in <see cref="StepStarted.AllowedBy"/>, where it was allowed.</summary>
    public string AllowedBy { get; init; } = StepStarted.AllowedByUser;
}

/// <summary>
/// A stretch of work between a person's starting (or resuming) the task and its coming to rest. The limits on steps,
/// time and repetition count within it, so that a resumed task is not ended at once by what ended it before.
/// </summary>
/// <param name="AfterStep">The last step before it.</param>
/// <param name="FromTurn">Number of conversation turns before it.</param>
/// <param name="RunningTimeBefore">Running time before it.</param>
public sealed record TaskRound(int AfterStep, int FromTurn, TimeSpan RunningTimeBefore);

/// <summary>One turn of the conversation between model, tools and people.</summary>
public abstract record ConversationTurn;

/// <param name="Text">What was said.</param>
/// <param name="FromHarness">True where the harness speaks (a rejected answer), not a person.</param>
public sealed record UserTurn(string Text, bool FromHarness = false) : ConversationTurn;

public sealed record AssistantTurn(string Text, ImmutableArray<RequestedCall> Calls) : ConversationTurn
{
    /// <summary>The answer was cut off at the reserved output.</summary>
    public bool Truncated { get; init; }
}

/// <summary>A tool's answer to one call. <paramref name="Step"/> is the number of the step that it was.</summary>
public sealed record ToolTurn(string CallId, string Tool, string Content, string? ContentRef, int Step) : ConversationTurn;

/// <summary>A finished tool call.</summary>
public sealed record Step
{
    public required int Number { get; init; }

    public required string CallId { get; init; }

    public required string Tool { get; init; }

    public required int Version { get; init; }

    /// <summary>JSON text, whole.</summary>
    public required string Arguments { get; init; }

    /// <summary>As in <see cref="StepStarted.AllowedBy"/>.</summary>
    public string? AllowedBy { get; init; }

    public required string Summary { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public long DurationMs { get; init; }

    public string? Commit { get; init; }

    public IReadOnlyList<string> Files { get; init; } = [];

    public string? ErrorCode { get; init; }

    /// <summary>Prompt tokens of the request that asked for this step.</summary>
    public int ContextTokens { get; init; }

    public int InputTokens { get; init; }

    public int OutputTokens { get; init; }
}

/// <summary>The gauge's numbers.</summary>
public sealed record ContextUsage
{
    /// <summary>Prompt plus answer of the last request: what the context holds now, in tokens.</summary>
    public int ContextTokens { get; init; }

    /// <summary>Prompt tokens of the last request.</summary>
    public int LastInputTokens { get; init; }

    /// <summary>Completion tokens of the last request.</summary>
    public int LastOutputTokens { get; init; }

    public long InputTokens { get; init; }

    public long CachedInputTokens { get; init; }

    public long OutputTokens { get; init; }

    public long SavedTokens { get; init; }

    /// <summary>True when any of the numbers is the harness's own estimate.</summary>
    public bool Estimated { get; init; }

    public int Requests { get; init; }

    /// <summary>Null until a model answered.</summary>
    public string? Model { get; init; }

    /// <summary>Tokens per character of this model's prompts, as the provider's usage told; null while unknown.</summary>
    public double? TokensPerCharacter { get; init; }

    /// <summary>For a task that goes on with another one's conversation: the same context, and nothing spent yet.</summary>
    public ContextUsage Inherited() => this with { InputTokens = 0, CachedInputTokens = 0, OutputTokens = 0, SavedTokens = 0, Requests = 0 };

    public ContextUsage Add(ModelAnswered e) => this with
    {
        ContextTokens = e.Usage.Input + e.Usage.Output,
        LastInputTokens = e.Usage.Input,
        LastOutputTokens = e.Usage.Output,
        InputTokens = InputTokens + e.Usage.Input,
        CachedInputTokens = CachedInputTokens + e.Usage.CachedInput,
        OutputTokens = OutputTokens + e.Usage.Output,
        Estimated = Estimated || e.Usage.Estimated,
        Requests = Requests + 1,
        Model = e.Model,
        TokensPerCharacter = !e.Usage.Estimated && e.PromptCharacters > 0 && e.Usage.Input > 0
            ? (double)e.Usage.Input / e.PromptCharacters
            : TokensPerCharacter,
    };
}
