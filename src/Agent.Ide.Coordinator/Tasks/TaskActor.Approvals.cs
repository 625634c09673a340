using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>What people answer to a call that waits for them.</summary>
public sealed partial class TaskActor
{
    /// <summary>Each approval is answered once: whoever comes second is told what was decided.</summary>
    /// <exception cref="RequestFailedException">Nothing waits under this id, or the task has come to rest; nothing was changed.</exception>
    public Task AnswerApprovalAsync(string call, ApprovalDecision decision, CancellationToken cancellationToken) => RequestAsync(
        async () =>
        {
            var snapshot = _log.Snapshot;
            var approval = snapshot.Approvals.Find(pending => pending.Request.CallId == call);
            if (approval is not { Decision: null })
            {
                throw NotWaiting(snapshot, approval, call);
            }

            if (snapshot.State.IsSettled())
            {
                throw new RequestFailedException(
                    "wrongState",
                    $"Task {Id} is {TaskViews.StateName(snapshot.State)}: nothing of it runs, whatever is allowed.",
                    $"`agent-ide resume {Id}` lets it go on; then answer.",
                    ExitCodes.Failed);
            }

            if (decision == ApprovalDecision.AllowAlwaysInRepository)
            {
                // First: what cannot be remembered must not look as if it were. Killed in between, the call still waits.
                await _approvals.RememberAsync(Id, approval.Request, cancellationToken);
            }

            _log.Append(new ApprovalAnswered { CallId = call, Decision = decision });
            WriteDown("approval", decision.ToString(), detail: approval.Request.Reason == ApprovalRequested.Network ? "network" : approval.Request.Summary);
            if (_log.Snapshot.Approvals.All(pending => pending.Decision is not null))
            {
                EnsureDriven();
            }
        },
        cancellationToken);

    private RequestFailedException NotWaiting(TaskSnapshot snapshot, PendingApproval? approval, string call)
    {
        var step = snapshot.Steps.FindLast(step => step.CallId == call);
        if (approval is null && step is null && snapshot.OpenStep?.CallId != call)
        {
            return new RequestFailedException(
                "unknownCall", $"Task {Id} has no approval '{call}' waiting.", $"`agent-ide show {Id}` lists what waits.", ExitCodes.Usage);
        }

        var what = approval?.Decision switch
        {
            ApprovalDecision.Deny => "denied",
            not null => "allowed",
            _ => step is { AllowedBy: null, ErrorCode: Core.Tools.ToolErrors.Denied } ? "denied" : "answered",
        };
        return new RequestFailedException(
            "alreadyAnswered", $"The approval '{call}' of task {Id} was {what} already.", $"`agent-ide show {Id}` tells what became of it.", ExitCodes.Failed);
    }
}
