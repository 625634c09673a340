using Agent.Ide.Cli.CommandLine;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>restore ID</c></summary>
internal static class RestoreVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.One();
        return new Verb("restore", "Bring a discarded or merged task back for review", VerbGroup.Review)
        {
            Examples = ["agent-ide restore fix"],
            Run = (invocation, cancellationToken) => TaskRequest.RunAsync(
                invocation,
                invocation.Get(id)!,
                (client, task, token) => client.RestoreAsync(task, token),
                task => $"Restored {task.Id}; it is ready for review: agent-ide diff {task.Id}",
                cancellationToken),
        }.With(id);
    }
}
