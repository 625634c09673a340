using System.Text.Json;
using Agent.Ide.Coordinator.Approvals;
using Agent.Ide.Core.Budget;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>Turns what the domain knows about a task into what front ends are told. Pure.</summary>
public static class TaskViews
{
    private const int MaxArgumentCharacters = 500;
    private const int MaxCommandCharacters = 80;

    /// <param name="snapshot">The task.</param>
    /// <param name="surroundings">What is not in its log.</param>
    public static AgentTask ToView(TaskSnapshot snapshot, TaskSurroundings surroundings)
    {
        var created = snapshot.Created;
        var budget = new ContextBudget(created.Settings, created.ModelWindow);
        return new AgentTask
        {
            Id = created.Id,
            Title = created.Title,
            Prompt = created.Prompt,
            State = StateName(snapshot.State),
            Branch = created.Branch,
            Worktree = new Uri(created.Worktree).AbsoluteUri,
            Base = new TaskBase(created.BaseRef, snapshot.BaseCommit),
            Head = snapshot.Head,
            Model = snapshot.Usage.Model ?? created.Model,
            CreatedAt = created.At,
            StartedAt = snapshot.StartedAt,
            EndedAt = snapshot.EndedAt,
            Steps = snapshot.LastStep,
            Activity = Activity(snapshot),
            Changes = snapshot.Changes is { } changes ? new TaskChanges(changes.Files, changes.Additions, changes.Deletions) : new TaskChanges(0, 0, 0),
            Budget = new TaskBudget
            {
                MaxTokens = budget.Limit,
                ThresholdTokens = budget.Threshold,
                ContextTokens = snapshot.Usage.ContextTokens,
                InputTokens = snapshot.Usage.InputTokens,
                CachedInputTokens = snapshot.Usage.CachedInputTokens,
                OutputTokens = snapshot.Usage.OutputTokens,
                SavedTokens = snapshot.Usage.SavedTokens,
                Estimated = snapshot.Usage.Estimated,
            },
            Approvals = snapshot.State.IsSettled()
                ? []
                : [.. snapshot.Approvals.Where(approval => approval.Decision is null).Select(approval => ToView(approval.Request))],
            Question = snapshot.State == TaskState.WaitingForUser ? Question(snapshot) : null,
            Plan = [.. snapshot.Plan.Select(item => new PlanItemState(item.Text, item.Status))],
            ConflictsWith = surroundings.ConflictsWith,
            DependsOn = created.DependsOn,
            Parent = created.Parent,
            ParentStep = created.ParentStep,
            Summary = snapshot.Summary,
            Error = snapshot.Error is { } error ? new TaskFailure(error.Code, error.Message, error.Hint, error.ExitCode) : null,
            AcceptedCommit = snapshot.Accepted?.Commit,
            Notices = [.. surroundings.Notices, .. snapshot.Worktree?.Notices ?? [], .. snapshot.Parts.SelectMany(part => part.Kept), .. snapshot.Accepted?.Kept ?? [], .. snapshot.RemovalNotices],
            RemovalNotices = snapshot.RemovalNotices,
            RestorableUntil = TaskRemovals.RestorableUntil(snapshot),
        };
    }

    public static TaskStep ToView(Step step) => new()
    {
        Number = step.Number,
        Tool = step.Tool,
        Version = step.Version,
        Arguments = Shorten(step.Arguments),
        Summary = step.Summary,
        StartedAt = step.StartedAt,
        DurationMs = step.DurationMs,
        Commit = step.Commit,
        Files = step.Files,
        Tokens = new StepTokens(step.ContextTokens, step.InputTokens, step.OutputTokens),
        Error = step.ErrorCode,
        Approval = step.AllowedBy is { } by ? new StepApproval(by, ApprovalSummary.Of(step.Tool, step.Arguments)) : null,
    };

    public static TaskApproval ToView(ApprovalRequested request) =>
        new(request.CallId, request.Tool, request.Summary, request.Arguments, request.Reason);

    public static StandingApproval ToView(StandingAnswer answer) => new(
        answer.Number,
        answer.Tool,
        ApprovalSummary.Of(answer.Tool, answer.Arguments),
        answer.Arguments,
        answer.Reason == ApprovalRequested.NoSandbox,
        answer.AllowedAt,
        answer.Task);

    /// <summary>What a task in the queue waits for.</summary>
    public static string WaitingActivity(string? shortage) => shortage is null ? "waiting for a free place" : $"waiting for memory: {shortage}";

    /// <summary>The contract's name of a state.</summary>
    public static string StateName(TaskState state) => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());

    private static string? Activity(TaskSnapshot snapshot) => snapshot.State switch
    {
        TaskState.Queued => WaitingActivity(null),
        TaskState.Preparing or TaskState.Running when !snapshot.IsSetUp && snapshot.Setup.Open is { } setup =>
            $"setup {setup.Number} of {snapshot.Created.Settings.Setup.Count}: {OneLine.Of(setup.Command, MaxCommandCharacters)}",
        TaskState.Preparing => "making the worktree",
        TaskState.Running when snapshot.OpenStep is { } open => open.Tool,
        TaskState.Running => "waiting for the model",
        TaskState.WaitingForApproval when snapshot.Approvals.All(approval => approval.Decision is not null) => "waiting for a free place",
        TaskState.WaitingForApproval => "waiting for an approval",
        TaskState.WaitingForUser => "waiting for an answer",
        TaskState.Merging => "merging",
        _ => null,
    };

    private static string? Question(TaskSnapshot snapshot) =>
        snapshot.Conversation.FindLast(turn => turn is AssistantTurn) is AssistantTurn turn
            ? turn.Calls.LastOrDefault(call => call.Tool == "ask_user") is { } call ? AskedQuestion(call.Arguments) : turn.Text
            : null;

    private static string? AskedQuestion(string arguments)
    {
        try
        {
            using var document = JsonDocument.Parse(arguments);
            return document.RootElement.TryGetProperty("question", out var question) ? question.GetString() : null;
        }
        catch (JsonException)
        {
            return null; // The loop has told the model that its arguments are no JSON.
        }
    }

    private static string Shorten(string text) => text.Length <= MaxArgumentCharacters ? text : text[..(MaxArgumentCharacters - 1)] + "…";
}

/// <summary>What surrounds a task and is not in its log.</summary>
public sealed record TaskSurroundings
{
    public static TaskSurroundings None { get; } = new();

    public IReadOnlyList<string> ConflictsWith { get; init; } = [];

    public IReadOnlyList<string> Notices { get; init; } = [];
}
