using Agent.Ide.Core.Tools;

namespace Agent.Ide.Coordinator.Sandboxing.Commands;

/// <summary>What the model is told of a command.</summary>
internal static class CommandOutcome
{
    private const int MaxCommandInSummary = 60;

    public static ToolOutcome Of(string command, CommandResult result)
    {
        var ending = $"[{result.Describe()}]";
        var output = result.Output.TrimEnd();
        var firstLine = command.Trim().Split('\n', 2)[0].TrimEnd();
        var shown = firstLine.Length <= MaxCommandInSummary ? firstLine : string.Concat(firstLine.AsSpan(0, MaxCommandInSummary - 1), "…");
        return new ToolOutcome
        {
            Content = output.Length == 0 ? ending : $"{output}\n{ending}",
            Summary = $"{shown}: {(result.TimedOut ? "timed out" : $"exit code {result.ExitCode}")}",
            ErrorCode = result.TimedOut ? ToolErrors.Timeout : result.ExitCode == 0 ? null : ToolErrors.CommandFailed,
            ChangedPaths = null,
        };
    }
}
