using Agent.Ide.Cli.CommandLine;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>stop ID</c></summary>
internal static class StopVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.One();
        return new Verb("stop", "Stop a task; its work so far is kept", VerbGroup.Steer)
        {
            Examples = ["agent-ide stop fix"],
            Run = (invocation, cancellationToken) => TaskRequest.RunAsync(
                invocation,
                invocation.Get(id)!,
                (client, task, token) => client.StopAsync(task, token),
                task => $"Stopped {task.Id} after {task.Steps} steps. Go on with: agent-ide resume {task.Id}",
                cancellationToken),
        }.With(id);
    }
}
