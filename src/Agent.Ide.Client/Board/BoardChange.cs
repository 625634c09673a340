using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Client.Board;

/// <summary>What happened to the board, in order.</summary>
public abstract record BoardChange;

/// <param name="Before">The snapshot it replaces; null when the task is new to this board.</param>
/// <param name="Seq">Number of the event the snapshot includes.</param>
public sealed record TaskChange(AgentTask Task, AgentTask? Before, long Seq) : BoardChange;

/// <summary>A finished tool call. Told once for each, also when a connection was lost in between.</summary>
public sealed record StepChange(string Id, TaskStep Step, long Seq) : BoardChange;

/// <summary>The pairs that <c>agent/conflicts</c> lists may have changed.</summary>
public sealed record ConflictsChange : BoardChange;

/// <summary>The coordinator ended without being asked to; the client is coming back.</summary>
/// <param name="Attempt">From 1.</param>
public sealed record ConnectionLostChange(int Attempt) : BoardChange;

public sealed record ConnectionRestoredChange : BoardChange;
