using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Output;

/// <summary>The contract's states in words, and what they mean for a command that waits.</summary>
internal static class TaskStates
{
    public const string ReadyForReview = "readyForReview";
    public const string Merged = "merged";
    public const string Failed = "failed";
    public const string Stopped = "stopped";
    public const string Conflict = "conflict";
    public const string Discarded = "discarded";
    public const string WaitingForApproval = "waitingForApproval";
    public const string WaitingForUser = "waitingForUser";

    public static string Words(string state) => state switch
    {
        ReadyForReview => "ready for review",
        WaitingForApproval => "waiting for approval",
        WaitingForUser => "waiting for an answer",
        _ => TerminalText.Line(state),
    };

    public static Tone ToneOf(string state) => state switch
    {
        ReadyForReview or Merged => Tone.Good,
        Failed or Conflict => Tone.Bad,
        WaitingForApproval or WaitingForUser => Tone.Attention,
        Stopped or Discarded or "queued" => Tone.Faint,
        _ => Tone.Active,
    };

    /// <summary>Nothing more happens unless a person asks for it.</summary>
    public static bool IsSettled(string state) => state is ReadyForReview or Conflict or Failed or Stopped or Merged or Discarded;

    /// <summary>What a command that waited for the task exits with.</summary>
    public static int ExitCodeOf(AgentTask task) => task.State switch
    {
        Merged => ExitCodes.Done,
        ReadyForReview => task.Error?.ExitCode ?? ExitCodes.Done,
        Conflict => ExitCodes.Conflict,
        Stopped => ExitCodes.Interrupted,
        Failed when task.Error is { ExitCode: not ExitCodes.Done } error => error.ExitCode,
        _ => ExitCodes.Failed,
    };
}
