using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Output;

/// <summary>What a command that waited for a task says at its end: the outcome, and what one can do now.</summary>
internal static class TaskReport
{
    private const int MaxSummaryLines = 12;

    /// <summary>As text, or with <c>--json</c> the task itself: the last line of a stream.</summary>
    public static void WriteOutcome(VerbOutput output, AgentTask task)
    {
        if (output.IsJson)
        {
            output.Json(task, AgentJson.Default.AgentTask);
        }
        else
        {
            Write(output, task);
        }
    }

    private static void Write(VerbOutput output, AgentTask task)
    {
        output.Line($"{output.Paint(task.Id, Tone.Strong)}  {Headline(output, task)}");
        if (task.Summary is { Length: > 0 } summary)
        {
            var lines = TerminalText.Block(summary).Trim().Split('\n');
            foreach (var line in lines.Take(MaxSummaryLines))
            {
                output.Line($"  {line}");
            }

            if (lines.Length > MaxSummaryLines)
            {
                output.Line($"  … ({lines.Length - MaxSummaryLines} more lines: agent-ide show {task.Id})");
            }
        }

        TaskLines.WriteError(output, task);
        if (Next(task) is { } next)
        {
            output.Line(output.Paint($"  {next}", Tone.Faint));
        }
    }

    private static string Headline(VerbOutput output, AgentTask task)
    {
        var parts = new List<string>
        {
            output.Paint(TaskStates.Words(task.State), TaskStates.ToneOf(task.State)),
            TaskLines.Changes(task.Changes),
            Amounts.Count(task.Steps, "step"),
            TaskLines.Usage(task.Budget),
        };
        if (task.AcceptedCommit is { } commit)
        {
            parts.Insert(1, $"as {Amounts.Hash(commit)}");
        }

        return string.Join("  ", parts);
    }

    private static string? Next(AgentTask task) => task.State switch
    {
        TaskStates.ReadyForReview => $"Next: agent-ide diff {task.Id}  ·  agent-ide accept {task.Id}  ·  agent-ide discard {task.Id}",
        TaskStates.Stopped => $"Next: agent-ide resume {task.Id}  ·  agent-ide accept {task.Id}  ·  agent-ide discard {task.Id}",
        TaskStates.Conflict => $"Next: agent-ide message {task.Id} \"…\"  ·  agent-ide discard {task.Id}",
        TaskStates.Discarded => $"Next: agent-ide restore {task.Id}",
        _ => null,
    };
}
