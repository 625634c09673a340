using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>message ID "TEXT"</c>: a follow-up, or the answer to the agent's question.</summary>
internal static class MessageVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.One();
        var text = new Argument<string>("TEXT") { Description = "What to tell the agent" };
        return new Verb("message", "Tell a task's agent something: a follow-up, or the answer to its question", VerbGroup.Steer)
        {
            Examples = ["agent-ide message fix \"Use the existing helper instead\""],
            Run = (invocation, cancellationToken) =>
            {
                var message = invocation.Get(text)!;
                if (string.IsNullOrWhiteSpace(message))
                {
                    throw new UsageException("The message is empty.", "Say something: agent-ide message ID \"…\".");
                }

                return TaskRequest.RunAsync(
                    invocation,
                    invocation.Get(id)!,
                    (client, task, token) => client.MessageAsync(new MessageParams(task, message), token),
                    task => $"Told {task.Id}. Follow it with: agent-ide attach {task.Id}",
                    cancellationToken);
            },
        }.With(id, text);
    }
}
