using System.Globalization;
using System.Text;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Budget;

/// <summary>
/// What stands in a request for turns that are no longer sent: a running summary of at most about 200 tokens, made from
/// the steps without asking a model, what people said meanwhile, and the latest plan.
/// </summary>
internal static class CompactedTurns
{
    /// <summary>About 200 tokens.</summary>
    private const int SummaryBytes = 720;
    private const int FilesBytes = 300;
    private const int PlanBytes = 1_200;

    /// <summary>The running summary of the turns before an index.</summary>
    public static string Summarize(TaskSnapshot snapshot, int throughTurn)
    {
        var last = LastStep(snapshot, throughTurn);
        var steps = snapshot.Steps.FindAll(step => step.Number <= last);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Steps 1 to {last} are done, {steps.Count(step => step.ErrorCode is not null)} of them failed.");
        AppendFiles(text, steps);
        AppendLatest(text, steps);
        return text.ToString();
    }

    /// <summary>All that is sent in the place of the compacted turns.</summary>
    public static string Describe(TaskSnapshot snapshot, ContextCompacted compaction, ContextBudget budget)
    {
        var text = new StringBuilder("[Earlier turns are left out. Summary by the harness:]\n").Append(compaction.Summary);
        AppendSaid(text, snapshot, compaction.ThroughTurn, budget.Limit / 4);
        AppendPlan(text, snapshot, compaction.ThroughTurn);
        return text.ToString();
    }

    private static int LastStep(TaskSnapshot snapshot, int throughTurn)
    {
        for (var i = Math.Min(throughTurn, snapshot.Conversation.Count) - 1; i > 0; i--)
        {
            if (snapshot.Conversation[i] is ToolTurn tool)
            {
                return tool.Step;
            }
        }

        return 0;
    }

    private static void AppendFiles(StringBuilder text, IReadOnlyList<Step> steps)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var used = 0;
        var left = 0;
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            foreach (var file in steps[i].Files)
            {
                if (!seen.Add(file))
                {
                    continue;
                }

                var size = Encoding.UTF8.GetByteCount(file) + 2;
                if (used + size > FilesBytes)
                {
                    left++;
                    continue;
                }

                text.Append(used == 0 ? "\nFiles changed, latest first: " : ", ").Append(file);
                used += size;
            }
        }

        if (left > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" and {left} more");
        }
    }

    private static void AppendLatest(StringBuilder text, IReadOnlyList<Step> steps)
    {
        var room = SummaryBytes - Encoding.UTF8.GetByteCount(text.ToString());
        var lines = new List<string>();
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            var line = $"\n{steps[i].Number}. {OneLine.Of($"{steps[i].Tool}: {steps[i].Summary}", 110)}";
            room -= Encoding.UTF8.GetByteCount(line);
            if (room < 0)
            {
                break;
            }

            lines.Add(line);
        }

        for (var i = lines.Count - 1; i >= 0; i--)
        {
            text.Append(lines[i]);
        }
    }

    /// <summary>What a person said is an instruction: as much of it as fits stays, the latest first.</summary>
    private static void AppendSaid(StringBuilder text, TaskSnapshot snapshot, int throughTurn, int room)
    {
        var kept = new List<string>();
        for (var i = Math.Min(throughTurn, snapshot.Conversation.Count) - 1; i > 0 && room > 0; i--)
        {
            if (snapshot.Conversation[i] is not UserTurn { FromHarness: false } said || QuestionAnswers.IsAnswer(snapshot.Conversation, i))
            {
                continue;
            }

            var length = Utf8Text.PrefixLength(said.Text, room);
            kept.Add(length == said.Text.Length ? said.Text : said.Text[..length] + "…");
            room -= Encoding.UTF8.GetByteCount(kept[^1]);
        }

        for (var i = kept.Count - 1; i >= 0; i--)
        {
            text.Append("\nThe user said meanwhile: ").Append(kept[i]);
        }
    }

    private static void AppendPlan(StringBuilder text, TaskSnapshot snapshot, int throughTurn)
    {
        // A plan that stands in a turn that is sent need not be sent twice.
        if (snapshot.Plan.IsEmpty
            || snapshot.Conversation.FindIndex(Math.Min(throughTurn, snapshot.Conversation.Count), turn => turn is ToolTurn { Tool: BuiltInTools.UpdatePlan }) >= 0)
        {
            return;
        }

        text.Append("\nYour plan:");
        var room = PlanBytes;
        foreach (var item in snapshot.Plan)
        {
            var mark = item.Status switch { "done" => "x", "active" => ">", _ => " " };
            var line = $"\n[{mark}] {OneLine.Of(item.Text, 200)}";
            room -= Encoding.UTF8.GetByteCount(line);
            if (room < 0)
            {
                text.Append("\n…");
                break;
            }

            text.Append(line);
        }
    }
}
