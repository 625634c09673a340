using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Loop;

/// <summary>What a running task does next. Decided by <see cref="LoopRules"/> from the snapshot alone.</summary>
public abstract record LoopDecision
{
    private LoopDecision()
    {
    }

    public sealed record CallModel : LoopDecision;

    /// <param name="Arguments">Canonical JSON text.</param>
    public sealed record RunTool(RequestedCall Call, CatalogTool Tool, string Arguments) : LoopDecision
    {
        /// <summary>A person allowed that it runs without a sandbox.</summary>
        public bool Unsandboxed { get; init; }

        /// <summary>A person allowed the task's commands the network.</summary>
        public bool Network { get; init; }

        /// <summary>As in <see cref="StepStarted.AllowedBy"/>.</summary>
        public string? AllowedBy { get; init; }
    }

    /// <summary>A call that is not executed: it becomes a step with an error, and the model is told why.</summary>
    /// <param name="Tool">Null when there is no such tool.</param>
    public sealed record RefuseCall(RequestedCall Call, ToolDefinition? Tool, string ErrorCode, string Message) : LoopDecision;

    public sealed record AskApproval(ApprovalRequested Request) : LoopDecision;

    /// <summary>An approval is asked for and nobody can be asked.</summary>
    public sealed record DenyUnattended(string CallId) : LoopDecision;

    public sealed record WaitForApproval : LoopDecision;

    public sealed record WaitForUser : LoopDecision;

    /// <summary>A person answered the open question.</summary>
    public sealed record AnswerQuestion(StepStarted Open, string Text) : LoopDecision;

    /// <summary>A step was started by a loop that is no more.</summary>
    public sealed record RecoverInterrupted(StepStarted Open) : LoopDecision;

    /// <summary>The model's last answer is stored, and nothing can be done with it.</summary>
    public sealed record RejectAnswer(string Reason) : LoopDecision;

    public sealed record Finish(string Summary) : LoopDecision;

    public sealed record Fail(TaskError Error) : LoopDecision;
}
