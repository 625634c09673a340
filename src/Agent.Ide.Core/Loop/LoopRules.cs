using System.Text.Json;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Loop;

/// <summary>
/// The loop's state machine: a pure function from a snapshot (and the time) to what comes next. Nothing else decides
/// anything about a running task, so that a loop started on an old log does what the one before would have done.
/// </summary>
/// <param name="isSandboxed">Whether commands are confined by the operating system.</param>
public sealed class LoopRules(ToolCatalog catalog, bool isSandboxed)
{
    private readonly ApprovalRules _approvals = new(isSandboxed);

    private const string EmptyAnswer = "Your answer was empty. Call a tool, or call finish when the task is done.";

    private const string TruncatedAnswer =
        "Your answer was cut off at the output limit, so nothing of it was done. Answer shorter: smaller edits, one call at a time.";

    public LoopDecision Decide(TaskSnapshot snapshot, DateTimeOffset now)
    {
        var next = Next(snapshot);
        return LoopGuards.Check(snapshot, next, now) is { } error ? new LoopDecision.Fail(error) : next;
    }

    /// <summary>What becomes of one call: run, refused, or asked about.</summary>
    public LoopDecision Classify(TaskSnapshot snapshot, RequestedCall call)
    {
        if (catalog.Find(call.Tool) is not { } tool)
        {
            var names = string.Join(", ", catalog.Offered.Select(offered => offered.Name));
            return new LoopDecision.RefuseCall(
                call, null, ToolErrors.UnknownTool, $"There is no tool \"{OneLine.Of(call.Tool, 64)}\". Tools: {names}.");
        }

        var definition = tool.Definition;
        var validated = ToolArgumentsValidator.Validate(definition, call.Arguments);
        if (validated.Json is not { } arguments)
        {
            var cut = snapshot.Conversation.FindLast(turn => turn is AssistantTurn) is AssistantTurn { Truncated: true };
            return new LoopDecision.RefuseCall(
                call, definition, ToolErrors.InvalidArguments, cut ? $"{validated.Error} {TruncatedAnswer}" : validated.Error!);
        }

        if (definition.Name == BuiltInTools.AskUser && snapshot.Created.Unattended)
        {
            return new LoopDecision.RefuseCall(
                call, definition, ToolErrors.Denied, "Nobody is there to answer. Decide yourself, or finish and say what is open.");
        }

        return AskNetwork(snapshot, definition) ?? Approve(snapshot, call, tool, arguments);
    }

    /// <summary>Whether something can be done with an answer: it asks for calls, or it is a whole text.</summary>
    public static bool IsUsable(AssistantTurn answer) => !answer.Calls.IsEmpty || (!answer.Truncated && !string.IsNullOrWhiteSpace(answer.Text));

    /// <summary>A call of the model's last turn; null where it asked for no such call.</summary>
    public static RequestedCall? FindCall(TaskSnapshot snapshot, string callId) =>
        snapshot.Conversation.FindLast(turn => turn is AssistantTurn) is AssistantTurn answer
            ? answer.Calls.FirstOrDefault(call => call.CallId == callId)
            : null;

    private LoopDecision Next(TaskSnapshot snapshot)
    {
        if (snapshot.OpenStep is { } open)
        {
            return open.Tool == BuiltInTools.AskUser && FindCall(snapshot, open.CallId) is { } question
                && Classify(snapshot, question) is LoopDecision.RunTool
                    ? Question(snapshot, open)
                    : new LoopDecision.RecoverInterrupted(open);
        }

        var asked = snapshot.Conversation.FindLastIndex(turn => turn is AssistantTurn);
        if (asked < 0)
        {
            return new LoopDecision.CallModel();
        }

        var answer = (AssistantTurn)snapshot.Conversation[asked];
        if (PendingCall(snapshot, answer, asked) is { } call)
        {
            return Classify(snapshot, call);
        }

        // What a person or the harness said since is to be seen before anything ends.
        if (SaidSince(snapshot, asked))
        {
            return new LoopDecision.CallModel();
        }

        if (answer.Calls.IsEmpty)
        {
            return IsUsable(answer)
                ? new LoopDecision.Finish(answer.Text.Trim())
                : new LoopDecision.RejectAnswer(answer.Truncated ? TruncatedAnswer : EmptyAnswer);
        }

        return FinishSummary(snapshot, asked) is { } summary ? new LoopDecision.Finish(summary) : new LoopDecision.CallModel();
    }

    private static LoopDecision Question(TaskSnapshot snapshot, StepStarted open)
    {
        var answers = snapshot.Conversation.Skip(snapshot.OpenStepTurn).OfType<UserTurn>().Where(turn => !turn.FromHarness).ToList();
        return answers.Count == 0
            ? new LoopDecision.WaitForUser()
            : new LoopDecision.AnswerQuestion(open, string.Join("\n\n", answers.Select(turn => turn.Text)));
    }

    /// <summary>The turn's calls in order, but <c>finish</c> after all others.</summary>
    private static RequestedCall? PendingCall(TaskSnapshot snapshot, AssistantTurn answer, int asked)
    {
        RequestedCall? finish = null;
        foreach (var call in answer.Calls)
        {
            var done = snapshot.Conversation.FindIndex(asked + 1, turn => turn is ToolTurn tool && tool.CallId == call.CallId) >= 0;
            if (done)
            {
                continue;
            }

            if (call.Tool != BuiltInTools.Finish)
            {
                return call;
            }

            finish ??= call;
        }

        return finish;
    }

    /// <summary>Whether somebody spoke after a turn of the model, other than to answer a question that it asked.</summary>
    private static bool SaidSince(TaskSnapshot snapshot, int asked)
    {
        var conversation = snapshot.Conversation;
        for (var i = asked + 1; i < conversation.Count; i++)
        {
            if (conversation[i] is UserTurn said && (said.FromHarness || !QuestionAnswers.IsAnswer(conversation, i)))
            {
                return true;
            }
        }

        return false;
    }

    private static string? FinishSummary(TaskSnapshot snapshot, int asked)
    {
        for (var i = snapshot.Conversation.Count - 1; i > asked; i--)
        {
            if (snapshot.Conversation[i] is ToolTurn { Tool: BuiltInTools.Finish } turn
                && snapshot.Steps.FindLast(step => step.Number == turn.Step) is { ErrorCode: null } step)
            {
                return JsonSerializer.Deserialize(step.Arguments, ToolArgumentsJson.Default.FinishArguments)!.Summary.Trim();
            }
        }

        return null;
    }

    /// <summary>What comes before the task's first command where the task may have the network; null: nothing.</summary>
    private LoopDecision? AskNetwork(TaskSnapshot snapshot, ToolDefinition tool)
    {
        var asked = snapshot.Approvals.Find(approval => approval.Request.CallId == ApprovalRules.NetworkCall);
        if (asked is { Decision: ApprovalDecision.Deny, Unattended: true })
        {
            return new LoopDecision.Fail(LoopErrors.ApprovalUnavailable(tool.Name, ApprovalRequested.Network));
        }

        if (!_approvals.AsksForNetwork(snapshot, tool))
        {
            return null;
        }

        return asked switch
        {
            null => new LoopDecision.AskApproval(ApprovalRules.RequestNetwork()),
            _ when snapshot.Created.Unattended => new LoopDecision.DenyUnattended(ApprovalRules.NetworkCall),
            _ => new LoopDecision.WaitForApproval(),
        };
    }

    private LoopDecision Approve(TaskSnapshot snapshot, RequestedCall call, CatalogTool tool, string arguments)
    {
        var definition = tool.Definition;
        var run = new LoopDecision.RunTool(call, tool, arguments) { Network = ApprovalRules.HasNetwork(snapshot, definition) };
        if (_approvals.ReasonFor(tool) is not { } reason)
        {
            return run;
        }

        run = run with { Unsandboxed = definition.NeedsSandbox && !isSandboxed };
        // What was asked when there was a sandbox is asked again where there is none any more; a denial stands.
        var answer = snapshot.Approvals.Find(approval => approval.Request.CallId == call.CallId
            && (approval.Decision == ApprovalDecision.Deny || approval.Request.Reason == reason || ApprovalRules.Covers(approval.Request.Reason, reason)));
        if (answer is null && snapshot.AllowedAlways.Exists(allowed =>
                allowed.Tool == definition.Name && allowed.Arguments == arguments && ApprovalRules.Covers(allowed.Reason, reason)))
        {
            return run with { AllowedBy = StepStarted.AllowedByTask };
        }

        return answer switch
        {
            null => new LoopDecision.AskApproval(new ApprovalRequested
            {
                CallId = call.CallId,
                Tool = definition.Name,
                Summary = ApprovalSummary.Of(definition.Name, arguments),
                Arguments = arguments,
                Reason = reason,
            }),
            { Decision: null } when snapshot.Created.Unattended => new LoopDecision.DenyUnattended(call.CallId),
            { Decision: null } => new LoopDecision.WaitForApproval(),
            { Decision: ApprovalDecision.Deny, Unattended: true } => new LoopDecision.Fail(LoopErrors.ApprovalUnavailable(definition.Name, reason)),
            { Decision: ApprovalDecision.Deny } => new LoopDecision.RefuseCall(
                call, definition, ToolErrors.Denied, $"The user denied this {definition.Name}. Go on without it, or finish."),
            _ => run with { AllowedBy = answer.AllowedBy },
        };
    }
}
