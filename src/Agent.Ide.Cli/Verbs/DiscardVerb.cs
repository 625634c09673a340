using Agent.Ide.Cli.CommandLine;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>discard ID</c></summary>
internal static class DiscardVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.One();
        return new Verb("discard", "Remove a task's worktree; its work is pinned first and can be restored", VerbGroup.Review)
        {
            Examples = ["agent-ide discard fix"],
            Run = (invocation, cancellationToken) => TaskRequest.RunAsync(
                invocation,
                invocation.Get(id)!,
                (client, task, token) => client.DiscardAsync(task, token),
                task => $"Discarded {task.Id}. Bring it back with: agent-ide restore {task.Id}",
                cancellationToken),
        }.With(id);
    }
}
