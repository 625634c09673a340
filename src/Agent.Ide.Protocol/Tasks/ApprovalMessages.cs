namespace Agent.Ide.Protocol.Tasks;

/// <summary>Answers to an approval, as <c>agent/approval/respond</c> spells them.</summary>
public static class ApprovalDecisions
{
    public const string Allow = "allow";

    /// <summary>This call, and the same call for the rest of the task.</summary>
    public const string AllowAlways = "allowAlways";

    /// <summary>This call, and the same call in every task of the repository until it is revoked.</summary>
    public const string AllowAlwaysInRepository = "allowAlwaysInRepository";

    public const string Deny = "deny";
}

/// <summary><c>agent/approvals</c>: what the user allowed in every task of the repository.</summary>
/// <param name="Approvals">Oldest first.</param>
/// <param name="Problem">One line where the user's file cannot be used; nothing in it counts then.</param>
public sealed record StandingApprovalsResult(IReadOnlyList<StandingApproval> Approvals, string? Problem = null);

/// <param name="Number">Names it, for <c>agent/approvals/revoke</c>.</param>
/// <param name="Tool">Name of the tool.</param>
/// <param name="Summary">What exactly is allowed: the command itself.</param>
/// <param name="Arguments">JSON text; it holds for exactly these.</param>
/// <param name="Unsandboxed">True where it was allowed without a sandbox as well.</param>
/// <param name="AllowedAt">UTC.</param>
/// <param name="Task">Id of the task in which it was allowed.</param>
public sealed record StandingApproval(
    int Number, string Tool, string Summary, string Arguments, bool Unsandboxed, DateTimeOffset AllowedAt, string Task);

/// <summary><c>agent/approvals/revoke</c></summary>
/// <param name="Numbers">Null: all of them.</param>
public sealed record RevokeApprovalsParams(IReadOnlyList<int>? Numbers = null);
