using System.CommandLine;
using Agent.Ide.Cli.CommandLine;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>resume ID</c></summary>
internal static class ResumeVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.Optional();
        var commit = new Option<string>("--commit") { Description = "Continue from any checkpoint commit (not built yet)", HelpName = "HASH" };
        return new Verb("resume", "Let a stopped or failed task go on", VerbGroup.Steer)
        {
            Examples = ["agent-ide resume fix"],
            Run = (invocation, cancellationToken) =>
            {
                if (invocation.IsGiven(commit))
                {
                    throw UsageException.NotBuilt("--commit");
                }

                return TaskRequest.RunAsync(
                    invocation,
                    invocation.Get(id) ?? throw new UsageException("`agent-ide resume` needs a task.", "Name one: agent-ide resume ID (`agent-ide tasks` lists them)."),
                    (client, task, token) => client.ResumeAsync(task, token),
                    task => $"{task.Id} goes on. Follow it with: agent-ide attach {task.Id}",
                    cancellationToken);
            },
        }.With(id, commit);
    }
}
