using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Setup;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Client;

/// <summary>
/// The requests, one method each. All throw <see cref="AgentRequestException"/>. Those that only read, and those that may be
/// asked twice without harm, survive a coordinator that ends in the middle; the others say that their outcome is unknown.
/// </summary>
public sealed partial class AgentClient
{
    public Task<AgentTask> CreateAsync(CreateTaskParams parameters, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Create, parameters, AgentJson.Default.CreateTaskParams, AgentJson.Default.AgentTask, repeatable: false, cancellationToken);

    public Task<TaskListResult> ListAsync(CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.List, new EmptyParams(), AgentJson.Default.EmptyParams, AgentJson.Default.TaskListResult, repeatable: true, cancellationToken);

    public Task<TaskDetails> GetAsync(string id, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Get, new TaskIdParams(id), AgentJson.Default.TaskIdParams, AgentJson.Default.TaskDetails, repeatable: true, cancellationToken);

    public Task<AgentTask> StopAsync(string id, CancellationToken cancellationToken) => OnTaskAsync(AgentMethods.Stop, id, cancellationToken);

    public Task<AgentTask> ResumeAsync(string id, CancellationToken cancellationToken) => OnTaskAsync(AgentMethods.Resume, id, cancellationToken);

    public Task<AgentTask> DiscardAsync(string id, CancellationToken cancellationToken) => DiscardAsync(new DiscardParams(id), cancellationToken);

    public Task<AgentTask> DiscardAsync(DiscardParams parameters, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Discard, parameters, AgentJson.Default.DiscardParams, AgentJson.Default.AgentTask, repeatable: false, cancellationToken);

    public Task<AgentTask> RestoreAsync(string id, CancellationToken cancellationToken) => OnTaskAsync(AgentMethods.Restore, id, cancellationToken);

    public Task<AgentTask> MessageAsync(MessageParams parameters, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Message, parameters, AgentJson.Default.MessageParams, AgentJson.Default.AgentTask, repeatable: false, cancellationToken);

    public Task<AgentTask> RollbackAsync(string id, int step, CancellationToken cancellationToken) =>
        CallAsync(
            AgentMethods.Rollback, new RollbackParams(id, step), AgentJson.Default.RollbackParams, AgentJson.Default.AgentTask, repeatable: true, cancellationToken);

    public Task<AgentTask> ForkAsync(ForkParams parameters, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Fork, parameters, AgentJson.Default.ForkParams, AgentJson.Default.AgentTask, repeatable: false, cancellationToken);

    public Task<AgentTask> ResumeCommitAsync(ResumeCommitParams parameters, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.ResumeCommit, parameters, AgentJson.Default.ResumeCommitParams, AgentJson.Default.AgentTask, repeatable: false, cancellationToken);

    public Task<DiffResult> DiffAsync(DiffParams parameters, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Diff, parameters, AgentJson.Default.DiffParams, AgentJson.Default.DiffResult, repeatable: true, cancellationToken);

    public Task<PatchResult> PatchAsync(PatchParams parameters, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Patch, parameters, AgentJson.Default.PatchParams, AgentJson.Default.PatchResult, repeatable: true, cancellationToken);

    public Task<AcceptResult> AcceptAsync(AcceptParams parameters, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Accept, parameters, AgentJson.Default.AcceptParams, AgentJson.Default.AcceptResult, repeatable: false, cancellationToken);

    public Task<TaskConflictsResult> TaskConflictsAsync(TaskConflictsParams parameters, CancellationToken cancellationToken) =>
        CallAsync(
            AgentMethods.TaskConflicts, parameters, AgentJson.Default.TaskConflictsParams, AgentJson.Default.TaskConflictsResult, repeatable: true, cancellationToken);

    public Task<ConflictTextsResult> ConflictTextsAsync(ConflictTextsParams parameters, CancellationToken cancellationToken) =>
        CallAsync(
            AgentMethods.ConflictTexts, parameters, AgentJson.Default.ConflictTextsParams, AgentJson.Default.ConflictTextsResult, repeatable: true, cancellationToken);

    public Task<ConflictsResult> ConflictsAsync(CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Conflicts, new EmptyParams(), AgentJson.Default.EmptyParams, AgentJson.Default.ConflictsResult, repeatable: true, cancellationToken);

    public Task<ContentResult> ContentAsync(string commit, string path, CancellationToken cancellationToken) =>
        CallAsync(
            AgentMethods.Content, new ContentParams(commit, path), AgentJson.Default.ContentParams, AgentJson.Default.ContentResult, repeatable: true, cancellationToken);

    /// <param name="id">Task.</param>
    /// <param name="call">Id of the call that waits.</param>
    /// <param name="decision">One of <see cref="ApprovalDecisions"/>.</param>
    /// <param name="cancellationToken">Withdraws the request.</param>
    public Task<EmptyResult> RespondAsync(string id, string call, string decision, CancellationToken cancellationToken) =>
        CallAsync(
            AgentMethods.RespondApproval,
            new ApprovalResponseParams(id, call, decision),
            AgentJson.Default.ApprovalResponseParams,
            AgentJson.Default.EmptyResult,
            repeatable: false,
            cancellationToken);

    public Task<StandingApprovalsResult> ApprovalsAsync(CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Approvals, new EmptyParams(), AgentJson.Default.EmptyParams, AgentJson.Default.StandingApprovalsResult, repeatable: true, cancellationToken);

    /// <param name="numbers">Null: all of them.</param>
    /// <param name="cancellationToken">Withdraws the request.</param>
    /// <returns>What was taken back.</returns>
    public Task<StandingApprovalsResult> RevokeApprovalsAsync(IReadOnlyList<int>? numbers, CancellationToken cancellationToken) =>
        CallAsync(
            AgentMethods.RevokeApprovals,
            new RevokeApprovalsParams(numbers),
            AgentJson.Default.RevokeApprovalsParams,
            AgentJson.Default.StandingApprovalsResult,
            repeatable: false,
            cancellationToken);

    public Task<DoctorResult> DoctorAsync(CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Doctor, new EmptyParams(), AgentJson.Default.EmptyParams, AgentJson.Default.DoctorResult, repeatable: true, cancellationToken);

    public Task<TrustResult> TrustAsync(bool accept, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Trust, new TrustParams(accept), AgentJson.Default.TrustParams, AgentJson.Default.TrustResult, repeatable: true, cancellationToken);

    public Task<WorktreesResult> WorktreesAsync(CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.Worktrees, new EmptyParams(), AgentJson.Default.EmptyParams, AgentJson.Default.WorktreesResult, repeatable: true, cancellationToken);

    public Task<PruneResult> PruneWorktreesAsync(PruneParams parameters, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.PruneWorktrees, parameters, AgentJson.Default.PruneParams, AgentJson.Default.PruneResult, repeatable: false, cancellationToken);

    public Task<CoordinatorStatus> CoordinatorStatusAsync(CancellationToken cancellationToken) =>
        CallAsync(
            AgentMethods.CoordinatorStatus, new EmptyParams(), AgentJson.Default.EmptyParams, AgentJson.Default.CoordinatorStatus, repeatable: true, cancellationToken);

    /// <summary>Asks the coordinator to end. Attach without reconnecting before, or a new one is started at once.</summary>
    public async Task StopCoordinatorAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(
                AgentMethods.CoordinatorStop, new EmptyParams(), AgentJson.Default.EmptyParams, AgentJson.Default.EmptyResult, repeatable: false, cancellationToken);
        }
        catch (AgentRequestException exception) when (exception.InnerException is ConnectionClosedException)
        {
            // It ended faster than it answered.
        }
    }

    private Task<AgentTask> OnTaskAsync(string method, string id, CancellationToken cancellationToken) =>
        CallAsync(method, new TaskIdParams(id), AgentJson.Default.TaskIdParams, AgentJson.Default.AgentTask, repeatable: method == AgentMethods.Stop, cancellationToken);
}
