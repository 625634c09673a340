namespace Agent.Ide.Core.Loop;

/// <summary>
/// Names of what the loop and the model gateway tell each other through the <c>AdditionalProperties</c> of the chat
/// abstractions, because these have no member for it.
/// </summary>
public static class AgentChat
{
    /// <summary>
    /// On a <c>FunctionCallContent</c>: the arguments exactly as the model wrote them, a <see cref="string"/>, also when it is no
    /// valid JSON (its <c>Arguments</c> are then null). Set by every client of the gateway; the gateway sends it back as it is
    /// when the call is part of the conversation, so the loop sets it too when it rebuilds a conversation from the log.
    /// </summary>
    public const string RawArgumentsKey = "rawArguments";

    /// <summary>
    /// On <c>ChatOptions</c>: the number of model answers that this conversation holds so far, an <see cref="int"/>. Answers
    /// that were rejected (<c>AnswerRejected</c>) do not count, those that compaction has taken out of the prompt do, those that
    /// a rollback undid do not. The scripted model takes its place in the script from it, and the gateway makes call ids with it.
    /// </summary>
    public const string TurnKey = "agentTurn";

    /// <summary>On a <c>ChatResponse</c>: <c>true</c> when the provider reported no usage and its numbers are estimates.</summary>
    public const string UsageEstimatedKey = "usageEstimated";
}
