using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>rollback ID --to STEP</c></summary>
internal static class RollbackVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.One();
        var to = new Option<int>("--to") { Description = "The last step that stays; 0 is the state before the first", HelpName = "STEP", Required = true };
        return new Verb("rollback", "Go back to a step: files, branch and conversation; the undone steps are kept", VerbGroup.Steer)
        {
            Examples = ["agent-ide rollback fix --to 3"],
            Run = (invocation, cancellationToken) =>
            {
                var step = invocation.Get(to);
                return step < 0
                    ? throw new UsageException("Steps count from 1, and 0 is the state before the first.", "`agent-ide show ID` lists them.")
                    : TaskRequest.RunAsync(
                        invocation,
                        invocation.Get(id)!,
                        (client, task, token) => client.RollbackAsync(task, step, token),
                        task => $"{task.Id} is back at step {task.Steps} ({Amounts.Hash(task.Head)}). Go on with: agent-ide resume {task.Id}, or agent-ide message {task.Id} \"…\"",
                        cancellationToken);
            },
        }.With(id, to);
    }
}
