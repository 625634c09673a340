using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>show ID</c>: one task with its steps.</summary>
internal static class ShowVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.One();
        return new Verb("show", "One task with its plan, steps, budget and error", VerbGroup.Watch)
        {
            Examples = ["agent-ide show fix", "agent-ide show fix --json"],
            Run = async (invocation, cancellationToken) =>
            {
                await using var client = await invocation.AttachAsync(cancellationToken);
                var details = await client.GetAsync(VerbInvocation.ResolveId(client, invocation.Get(id)!), cancellationToken);
                if (invocation.Output.IsJson)
                {
                    invocation.Output.Json(details, AgentJson.Default.TaskDetails);
                }
                else
                {
                    Write(invocation.Output, details);
                }

                return ExitCodes.Done;
            },
        }.With(id);
    }

    private static void Write(VerbOutput output, TaskDetails details)
    {
        var task = details.Task;
        output.Line($"{output.Paint(task.Id, Tone.Strong)}  {output.Paint(TaskStates.Words(task.State), TaskStates.ToneOf(task.State))}  {TerminalText.Line(task.Title, 100)}");
        Field(output, "prompt", TerminalText.Line(task.Prompt, 500));
        Field(output, "branch", $"{TerminalText.Line(task.Branch)} from {TerminalText.Line(task.Base.Ref)} ({Amounts.Hash(task.Base.Commit)}), head {Amounts.Hash(task.Head)}");
        if (task.Parent is { } parent)
        {
            Field(output, "parent", $"{TerminalText.Line(parent)}, through its step {task.ParentStep ?? 0}");
        }

        Field(output, "worktree", TerminalText.Line(task.Worktree));
        Field(output, "model", TerminalText.Line(task.Model ?? "none answered yet"));
        Field(output, "context", $"{Gauge.Text(task.Budget)}, room is made above {Amounts.Tokens(task.Budget.ThresholdTokens)}");
        Field(output, "usage", TaskLines.Usage(task.Budget));
        Field(output, "changes", TaskLines.Changes(task.Changes));
        if (task.Activity is { } activity)
        {
            Field(output, "now", TerminalText.Line(activity));
        }

        if (task.ConflictsWith.Count > 0)
        {
            Field(output, "conflicts", $"with {TerminalText.Line(string.Join(", ", task.ConflictsWith))} (agent-ide conflicts)");
        }

        if (task.AcceptedCommit is { } commit)
        {
            Field(output, "accepted", $"as {TerminalText.Line(commit)}");
        }

        foreach (var approval in task.Approvals)
        {
            WriteExact(output, "waits", $"approval of {TerminalText.Line(approval.Tool)}:", approval.Summary);
            Field(output, string.Empty, $"({ApprovalText.Reason(approval.Reason)}) — agent-ide approve {task.Id} {TerminalText.Line(approval.Call)}, or deny");
        }

        if (task.Question is { } question)
        {
            Field(output, "asks", $"{TerminalText.Line(question)} — agent-ide message {task.Id} \"…\"");
        }

        foreach (var item in task.Plan)
        {
            Field(output, "plan", $"[{Mark(item.Status)}] {TerminalText.Line(item.Text)}");
        }

        foreach (var step in details.Steps)
        {
            output.Line(output.Paint($"  {TaskLines.Step(step)}", step.Error is null ? Tone.Plain : Tone.Bad));
            if (step.Approval is { } approval)
            {
                WriteExact(output, string.Empty, ApprovalText.AllowedBy(approval), approval.Summary);
            }
        }

        if (task.Summary is { Length: > 0 } summary)
        {
            output.Line();
            output.Line(TerminalText.Block(summary).Trim());
        }

        TaskLines.WriteError(output, task);
    }

    private static void WriteExact(VerbOutput output, string name, string lead, string exact)
    {
        foreach (var line in ApprovalText.Exact(lead, exact, static text => text))
        {
            Field(output, name, line);
            name = string.Empty;
        }
    }

    private static char Mark(string status) => status switch
    {
        "done" => 'x',
        "active" => '>',
        _ => ' ',
    };

    private static void Field(VerbOutput output, string name, string value) =>
        output.Line($"  {output.Paint(name.PadRight(10), Tone.Faint)}{value}");
}
