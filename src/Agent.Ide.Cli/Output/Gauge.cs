using System.Text;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Output;

/// <summary>
/// What the context holds, of what it may hold: <c>[####··|··] ~4.1k/8.2k</c>. The bar marks the threshold above which the harness
/// makes room; <c>~</c> says that some of the numbers are estimates.
/// </summary>
internal static class Gauge
{
    private const int Cells = 10;

    public static string Text(TaskBudget budget) => $"{Bar(budget)} {Numbers(budget)}";

    public static string Numbers(TaskBudget budget) =>
        $"{(budget.Estimated ? "~" : string.Empty)}{Amounts.Tokens(budget.ContextTokens)}/{Amounts.Tokens(budget.MaxTokens)}";

    public static string Bar(TaskBudget budget)
    {
        var max = Math.Max(1, budget.MaxTokens);
        var filled = Math.Clamp((int)Math.Ceiling(budget.ContextTokens * (double)Cells / max), 0, Cells);
        var threshold = Math.Clamp((int)(budget.ThresholdTokens * (double)Cells / max), 0, Cells);
        var bar = new StringBuilder("[", Cells + 3);
        for (var cell = 0; cell < Cells; cell++)
        {
            if (cell == threshold)
            {
                bar.Append('|');
            }

            bar.Append(cell < filled ? '#' : '·');
        }

        return bar.Append(threshold == Cells ? "|]" : "]").ToString();
    }

    public static Tone ToneOf(TaskBudget budget) => budget.ContextTokens > budget.ThresholdTokens ? Tone.Attention : Tone.Plain;
}
