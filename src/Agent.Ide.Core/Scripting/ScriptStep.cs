using System.Collections.Immutable;

namespace Agent.Ide.Core.Scripting;

/// <summary>One step of a script: an answer (<see cref="IsAnswer"/>), or a request that fails.</summary>
public sealed record ScriptStep
{
    /// <summary>What every conversation gets past the end of its script.</summary>
    public static ScriptStep Done { get; } = new() { Text = "done" };

    public string? Text { get; init; }

    public ImmutableArray<ScriptedCall> Calls { get; init; } = [];

    /// <summary>Waited before the answer (or the error) begins.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>HTTP status of the failure, 400 to 599; null: none.</summary>
    public int? Status { get; init; }

    /// <summary>
    /// False for a step that fails one request without adding an answer to the conversation: it has a status, or neither text nor calls.
    /// </summary>
    public bool IsAnswer => Status is null && (!string.IsNullOrWhiteSpace(Text) || !Calls.IsEmpty);
}

/// <summary>A tool call of a scripted answer.</summary>
/// <param name="Arguments">
/// The text the model "wrote": the script's object without its white space, or, where the script has a string, that string as it
/// is, which is how a script writes arguments that are no valid JSON.
/// </param>
public sealed record ScriptedCall(string Name, string Arguments);
