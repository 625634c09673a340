using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Cli.Progress;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>wait ID …</c>: until each is ready for review or ended.</summary>
internal static class WaitVerb
{
    public static Verb Create()
    {
        var ids = TaskIdArgument.Many();
        return new Verb("wait", "Wait until tasks are ready for review or ended", VerbGroup.Watch)
        {
            Examples = ["agent-ide wait fix", "agent-ide wait fix port --json"],
            Run = async (invocation, cancellationToken) =>
            {
                var output = invocation.Output;
                await using var client = await invocation.AttachAsync(cancellationToken);
                var wanted = invocation.Get(ids)!.Select(typed => VerbInvocation.ResolveId(client, typed)).Distinct().ToList();
                await using (var view = ProgressViews.Create(invocation, named: true))
                {
                    var follower = new TaskFollower(client, view, output)
                    {
                        Ids = wanted.ToHashSet(StringComparer.Ordinal),
                        IsReached = task => TaskStates.IsSettled(task.State),
                        ShowsSteps = false,
                    };
                    await follower.RunAsync(cancellationToken);
                }

                var exitCode = ExitCodes.Done;
                foreach (var task in wanted.Select(id => client.Board.Find(id)!))
                {
                    TaskReport.WriteOutcome(output, task);

                    // The first task that did not end well decides.
                    exitCode = exitCode == ExitCodes.Done ? TaskStates.ExitCodeOf(task) : exitCode;
                }

                return exitCode;
            },
        }.With(ids);
    }
}
