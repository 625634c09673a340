namespace Agent.Ide.Core.Loop;

/// <summary>Why <see cref="AgentLoop.RunAsync"/> returned. The task's state in the log says the same, but for the last.</summary>
public enum LoopEnd
{
    ReadyForReview,
    WaitingForApproval,
    WaitingForUser,
    Failed,

    /// <summary>The token was cancelled: no step is half done, and the state is still running for its owner to change.</summary>
    Cancelled,
}
