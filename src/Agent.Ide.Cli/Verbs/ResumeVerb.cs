using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>resume ID</c>, <c>resume --commit HASH</c></summary>
internal static class ResumeVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.Optional();
        var commit = new Option<string>("--commit")
        {
            Description = "Continue from any checkpoint commit (or a branch on one), also in a clone that fetched branch and notes",
            HelpName = "HASH",
        };
        return new Verb("resume", "Let a stopped or failed task go on, or continue from a checkpoint commit", VerbGroup.Steer)
        {
            Examples = ["agent-ide resume fix", "agent-ide resume --commit 1a2b3c4", "agent-ide resume --commit origin/agent/fix-k3f7"],
            Run = (invocation, cancellationToken) => (invocation.Get(id), invocation.Get(commit)) switch
            {
                (null, { } hash) => ResumeCommitAsync(invocation, hash, cancellationToken),
                ({ } task, null) => TaskRequest.RunAsync(
                    invocation, task, (client, resolved, token) => client.ResumeAsync(resolved, token), Describe, cancellationToken),
                (null, null) => throw new UsageException("`agent-ide resume` needs a task.", "Name one: agent-ide resume ID (`agent-ide tasks` lists them)."),
                _ => throw new UsageException("A task and a commit were named.", "Name one of them: agent-ide resume ID, or agent-ide resume --commit HASH."),
            },
        }.With(id, commit);
    }

    private static async Task<int> ResumeCommitAsync(VerbInvocation invocation, string commit, CancellationToken cancellationToken)
    {
        await using var client = await invocation.AttachAsync(cancellationToken);
        var task = await client.ResumeCommitAsync(new ResumeCommitParams(commit), cancellationToken);
        if (invocation.Output.IsJson)
        {
            invocation.Output.Json(task, AgentJson.Default.AgentTask);
        }
        else
        {
            invocation.Output.Line(Describe(task));
        }

        return ExitCodes.Done;
    }

    private static string Describe(AgentTask task) =>
        $"{task.Id} goes on{(task.Parent is null ? string.Empty : $" from step {task.ParentStep} of {TerminalText.Line(task.Parent)}")}. Follow it with: agent-ide attach {task.Id}";
}
