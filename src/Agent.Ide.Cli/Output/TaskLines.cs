using System.Text;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Output;

/// <summary>Tasks, steps and conflicts as lines of text; everything that was written by others is made safe here.</summary>
internal static class TaskLines
{
    private const int MaxSummary = 200;

    /// <summary><c>#3 edit_file src/a.cs +3 -1 (12 ms) 1a2b3c4</c></summary>
    public static string Step(TaskStep step, int max = MaxSummary)
    {
        var line = new StringBuilder();
        line.Append('#').Append(step.Number).Append(' ').Append(TerminalText.Line(step.Tool, 40));
        var summary = TerminalText.Line(step.Summary, max);
        if (summary.Length > 0)
        {
            line.Append(' ').Append(summary);
        }

        line.Append(" (").Append(Amounts.Duration(step.DurationMs)).Append(')');
        if (step.Commit is { } commit)
        {
            line.Append(' ').Append(Amounts.Hash(TerminalText.Line(commit)));
        }

        if (step.Error is { } error)
        {
            line.Append(" failed: ").Append(TerminalText.Line(error, 40));
        }

        return line.ToString();
    }

    /// <summary><c>3 files +12 -4</c></summary>
    public static string Changes(TaskChanges changes) =>
        changes.Files == 0 ? "no changes" : $"{Amounts.Count(changes.Files, "file")} +{changes.Additions} -{changes.Deletions}";

    /// <summary>Tokens of all requests and what they cost, where that is known.</summary>
    public static string Usage(TaskBudget budget)
    {
        var estimated = budget.Estimated ? "~" : string.Empty;
        var tokens = $"{estimated}{Amounts.Tokens(budget.InputTokens)} in, {estimated}{Amounts.Tokens(budget.OutputTokens)} out";
        return budget.CostUsd is { } cost ? $"{tokens}, {estimated}{Amounts.Cost(cost)}" : tokens;
    }

    /// <summary><c>src/a.cs:10-12,40 (content)</c></summary>
    public static string Conflict(FileConflict conflict)
    {
        var line = new StringBuilder(TerminalText.Line(conflict.Path));
        for (var index = 0; index < conflict.Ranges.Count; index++)
        {
            var range = conflict.Ranges[index];
            line.Append(index == 0 ? ':' : ',').Append(range.Start);
            if (range.End > range.Start)
            {
                line.Append('-').Append(range.End);
            }
        }

        return line.Append(" (").Append(KindWords(conflict.Kind)).Append(')').ToString();
    }

    /// <summary>What happened and what to do, of a task that failed or was refused; nothing where there is no error.</summary>
    public static void WriteError(VerbOutput output, AgentTask task)
    {
        if (task.Error is not { } error)
        {
            return;
        }

        output.Note(TerminalText.Line($"{task.Id}: {error.Message}"));
        output.Note(TerminalText.Line(error.Hint ?? $"`agent-ide show {task.Id}` has the steps; `agent-ide resume {task.Id}` tries again."));
    }

    private static string KindWords(string kind) => kind switch
    {
        "content" => "both changed it",
        "modifyDelete" => "changed on one side, deleted on the other",
        "overlap" => "uncommitted work of yours",
        "unsaved" => "open in an editor with changes that are not saved",
        _ => TerminalText.Line(kind),
    };
}
