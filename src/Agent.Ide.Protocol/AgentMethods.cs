namespace Agent.Ide.Protocol;

/// <summary>The names of the <c>agent/*</c> methods. They are fixed; a change is a new protocol version.</summary>
public static class AgentMethods
{
    public const int ProtocolVersion = 1;

    /// <summary>Longest message a coordinator takes from a front end, in bytes of UTF-8; it closes the connection on a longer one.</summary>
    public const int MaxMessageBytes = 16 * 1024 * 1024;

    public const string Attach = "agent/attach";
    public const string Create = "agent/task/create";
    public const string List = "agent/task/list";
    public const string Get = "agent/task/get";
    public const string Stop = "agent/task/stop";
    public const string Resume = "agent/task/resume";
    public const string Discard = "agent/task/discard";
    public const string Restore = "agent/task/restore";
    public const string Message = "agent/task/message";
    public const string Rollback = "agent/task/rollback";
    public const string Fork = "agent/task/fork";
    public const string ResumeCommit = "agent/task/resumeCommit";
    public const string Diff = "agent/task/diff";
    public const string Patch = "agent/task/patch";
    public const string Accept = "agent/task/accept";
    public const string TaskConflicts = "agent/task/conflicts";
    public const string ConflictTexts = "agent/task/conflict";
    public const string Conflicts = "agent/conflicts";
    public const string Content = "agent/content";
    public const string RespondApproval = "agent/approval/respond";
    public const string Approvals = "agent/approvals";
    public const string RevokeApprovals = "agent/approvals/revoke";
    public const string Doctor = "agent/doctor";
    public const string Trust = "agent/trust";
    public const string Worktrees = "agent/worktrees";
    public const string PruneWorktrees = "agent/worktrees/prune";
    public const string CoordinatorStatus = "agent/coordinator/status";
    public const string CoordinatorStop = "agent/coordinator/stop";

    /// <summary>Requests to the client.</summary>
    public const string EditorModels = "agent/model/list";
    public const string EditorChat = "agent/model/chat";

    /// <summary>Notifications to the client.</summary>
    public const string TaskChanged = "agent/task/changed";
    public const string StepAppended = "agent/task/stepAppended";
    public const string ApprovalRequested = "agent/approval/requested";
    public const string ConflictsChanged = "agent/conflicts/changed";
}
