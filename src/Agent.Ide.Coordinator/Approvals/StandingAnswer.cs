namespace Agent.Ide.Coordinator.Approvals;

/// <summary>A call that a person allowed in every task of a repository.</summary>
/// <param name="Number">Names it for as long as it stands; never given to another one of the repository.</param>
/// <param name="Tool">Name of the tool.</param>
/// <param name="Arguments">Canonical JSON text; the answer holds for exactly these.</param>
/// <param name="Reason">What it was asked for (<see cref="Core.Tasks.ApprovalRequested.Reason"/>).</param>
/// <param name="AllowedAt">When, UTC.</param>
/// <param name="Task">The task in which it was allowed.</param>
public sealed record StandingAnswer(int Number, string Tool, string Arguments, string Reason, DateTimeOffset AllowedAt, string Task);
