using System.Globalization;
using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Budget;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Loop;

/// <summary>The tools that touch nothing but the task's own log and artifacts. All are safe to run again.</summary>
internal sealed class LoopTools(ITaskLog log, IArtifacts artifacts, ContextBudget budget)
{
    // The header and the reference to a line that is cut come on top of the lines themselves.
    private const int PageMargin = 200;

    public async Task<ToolOutcome> ExecuteAsync(string tool, string arguments, CancellationToken cancellationToken)
    {
        switch (tool)
        {
            case BuiltInTools.UpdatePlan:
                return await UpdatePlanAsync(
                    JsonSerializer.Deserialize(arguments, ToolArgumentsJson.Default.UpdatePlanArguments)!, cancellationToken);
            case BuiltInTools.FetchDetail:
                return await FetchDetailAsync(
                    JsonSerializer.Deserialize(arguments, ToolArgumentsJson.Default.FetchDetailArguments)!, cancellationToken);
            case BuiltInTools.Finish:
                var finish = JsonSerializer.Deserialize(arguments, ToolArgumentsJson.Default.FinishArguments)!;
                return new ToolOutcome { Content = "Finished.", Summary = OneLine.Of(finish.Summary, 100) };
            default:
                throw new InvalidOperationException($"{tool} is not run by the loop.");
        }
    }

    private async Task<ToolOutcome> UpdatePlanAsync(UpdatePlanArguments arguments, CancellationToken cancellationToken)
    {
        var items = arguments.Items.Select(item => new PlanEntry(item.Text, item.Status switch
        {
            PlanItemStatus.Done => "done",
            PlanItemStatus.Active => "active",
            _ => "pending",
        })).ToList();
        await log.AppendAsync(new PlanUpdated { Items = items }, cancellationToken);
        var done = items.Count(item => item.Status == "done");
        return new ToolOutcome
        {
            Content = "Plan kept.",
            Summary = string.Create(CultureInfo.InvariantCulture, $"plan: {done} of {items.Count} done"),
        };
    }

    private async Task<ToolOutcome> FetchDetailAsync(FetchDetailArguments arguments, CancellationToken cancellationToken)
    {
        if (await artifacts.GetAsync(arguments.Ref, cancellationToken) is not { } content)
        {
            return ToolOutcome.Error(
                ToolErrors.NotFound, $"No result is stored under \"{OneLine.Of(arguments.Ref, 40)}\" (any more). Make the call again that gave it.");
        }

        var lines = content.Split('\n');
        var first = arguments.StartLine ?? 1;
        var last = Math.Min(arguments.EndLine ?? lines.Length, lines.Length);
        if (first > lines.Length || last < first)
        {
            return ToolOutcome.Error(
                ToolErrors.InvalidArguments,
                string.Create(CultureInfo.InvariantCulture, $"Lines {first} to {last} are not there: the result has {lines.Length} lines."));
        }

        var page = Page(lines, first, ref last);
        return new ToolOutcome
        {
            Content = string.Create(CultureInfo.InvariantCulture, $"[lines {first} to {last} of {lines.Length}]\n{page}"),
            Summary = string.Create(CultureInfo.InvariantCulture, $"fetched lines {first} to {last} of {OneLine.Of(arguments.Ref, 40)}"),
        };
    }

    /// <summary>As many whole lines as fit; of a line that alone is too long, its start.</summary>
    private string Page(string[] lines, int first, ref int last)
    {
        var room = budget.LargestResult - PageMargin;
        var page = new StringBuilder();
        for (var line = first; line <= last; line++)
        {
            var text = lines[line - 1];
            if (page.Length + text.Length + 1 > room)
            {
                if (line > first)
                {
                    last = line - 1;
                    break;
                }

                page.Append(text, 0, Utf8Text.PrefixLength(text, room)).Append("… [the line is longer]");
                last = line;
                break;
            }

            page.Append(line == first ? string.Empty : "\n").Append(text);
        }

        return page.ToString();
    }
}
