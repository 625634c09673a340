using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>fork ID --at STEP ["PROMPT"]</c></summary>
internal static class ForkVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.One();
        var prompt = new Argument<string?>("PROMPT") { Description = "What the new task is told first; without it, it goes on as the other was", Arity = ArgumentArity.ZeroOrOne };
        var at = new Option<int>("--at") { Description = "The last step that the new task has; 0 is the state before the first", HelpName = "STEP", Required = true };
        return new Verb("fork", "Start a new task from a step of another, with its conversation so far", VerbGroup.Steer)
        {
            Examples = ["agent-ide fork fix --at 3", "agent-ide fork fix --at 3 \"Use the standard library instead\""],
            Run = (invocation, cancellationToken) =>
            {
                var step = invocation.Get(at);
                var text = invocation.Get(prompt);
                if (step < 0)
                {
                    throw new UsageException("Steps count from 1, and 0 is the state before the first.", "`agent-ide show ID` lists them.");
                }

                return text is not null && string.IsNullOrWhiteSpace(text)
                    ? throw new UsageException("The prompt is empty.", "Leave it out to go on as the task was.")
                    : TaskRequest.RunAsync(
                        invocation,
                        invocation.Get(id)!,
                        (client, task, token) => client.ForkAsync(new ForkParams(task, step, text), token),
                        task => $"{task.Id} goes on from step {step} of {TerminalText.Line(task.Parent ?? string.Empty)}. Follow it with: agent-ide attach {task.Id}",
                        cancellationToken);
            },
        }.With(id, prompt, at);
    }
}
