using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Output;

/// <summary>What waits for a person, or was allowed by one, in words.</summary>
internal static class ApprovalText
{
    /// <summary>What would happen, exactly: on the same line where it is one, else each line below, behind a bar.</summary>
    /// <param name="lead">What stands before it.</param>
    /// <param name="exact">Of any origin.</param>
    /// <param name="paint">For the exact text.</param>
    public static IEnumerable<string> Exact(string lead, string exact, Func<string, string> paint)
    {
        var lines = ExactText.Lines(exact);
        if (lines.Count == 1)
        {
            yield return $"{lead} {paint(lines[0])}";
            yield break;
        }

        yield return $"{lead} {Amounts.Count(lines.Count, "line")}:";
        foreach (var line in lines)
        {
            yield return $"  | {paint(line)}";
        }
    }

    /// <summary>Why a person is asked, and what that means.</summary>
    public static string Reason(string reason) => reason switch
    {
        "noSandbox" => "no sandbox on this machine: it can do whatever you can, on the network too",
        "always" => "configured to ask always",
        "remote" => "runs on another machine",
        "network" => "the task was given network: full",
        _ => TerminalText.Line(reason),
    };

    /// <summary>Whether the same call may be allowed for later.</summary>
    public static bool CanBeRemembered(string reason) => reason is "always" or "noSandbox";

    /// <summary>Whose answer a step ran on.</summary>
    public static string AllowedBy(StepApproval approval) => approval.By switch
    {
        "user" => "allowed by you:",
        "task" => "allowed by you for the whole task:",
        "repository" => "allowed by you for the whole repository:",
        _ => $"allowed by {TerminalText.Line(approval.By)}:",
    };
}
