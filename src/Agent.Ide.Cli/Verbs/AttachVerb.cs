using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Cli.Progress;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>attach [ID]</c>: live progress of tasks that were started elsewhere.</summary>
internal static class AttachVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.Optional();
        return new Verb("attach", "Follow a task, or all of them, live until nothing moves any more", VerbGroup.Watch)
        {
            Examples = ["agent-ide attach", "agent-ide attach fix", "agent-ide attach --json"],
            Run = async (invocation, cancellationToken) =>
            {
                var output = invocation.Output;
                await using var client = await invocation.AttachAsync(cancellationToken);
                HashSet<string>? ids = null;
                if (invocation.Get(id) is { } typed)
                {
                    ids = [VerbInvocation.ResolveId(client, typed)];
                    await client.FollowAsync(ids.Single(), cancellationToken);
                }
                else if (client.Board.Tasks.Count == 0)
                {
                    output.Note(TasksVerb.NoTasks);
                    return ExitCodes.Done;
                }

                await using (var view = ProgressViews.Create(invocation, named: ids is null))
                {
                    var follower = new TaskFollower(client, view, output)
                    {
                        Ids = ids,
                        IsReached = task => TaskStates.IsSettled(task.State),
                        Dialog = invocation.Host.InIsTerminal && !output.IsJson ? new TerminalDialog(invocation.Host, output, client) : null,
                    };
                    await follower.RunAsync(cancellationToken);
                }

                foreach (var task in client.Board.Tasks.Where(task => ids?.Contains(task.Id) ?? true))
                {
                    TaskReport.WriteOutcome(output, task);
                }

                return ids is null ? ExitCodes.Done : TaskStates.ExitCodeOf(client.Board.Find(ids.Single())!);
            },
        }.With(id);
    }
}
