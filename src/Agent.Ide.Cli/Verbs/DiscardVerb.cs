using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>discard ID</c></summary>
internal static class DiscardVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.One();
        var force = new Option<bool>("--force") { Description = "Also while a program has files in the worktree open for writing" };
        return new Verb("discard", "Remove a task's worktree; its work is pinned first and can be restored", VerbGroup.Review)
        {
            Examples = ["agent-ide discard fix"],
            Run = (invocation, cancellationToken) => TaskRequest.RunAsync(
                invocation,
                invocation.Get(id)!,
                (client, task, token) => client.DiscardAsync(new DiscardParams(task, invocation.Get(force)), token),
                Describe,
                cancellationToken),
        }.With(id, force);
    }

    private static string Describe(AgentTask task)
    {
        var until = task.RestorableUntil is { } day ? $" until {Amounts.Day(day)}" : string.Empty;
        return string.Join('\n', [$"Discarded {task.Id}. Bring it back{until} with: agent-ide restore {task.Id}", .. task.RemovalNotices.Select(notice => TerminalText.Line(notice))]);
    }
}
