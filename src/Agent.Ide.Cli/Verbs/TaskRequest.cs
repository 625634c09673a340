using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Client;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary>What the verbs that ask one thing of one task have in common: attach, find it, ask, say what came of it.</summary>
internal static class TaskRequest
{
    public static async Task<int> RunAsync(
        VerbInvocation invocation,
        string typed,
        Func<AgentClient, string, CancellationToken, Task<AgentTask>> request,
        Func<AgentTask, string> describe,
        CancellationToken cancellationToken)
    {
        var output = invocation.Output;
        await using var client = await invocation.AttachAsync(cancellationToken);
        var task = await request(client, VerbInvocation.ResolveId(client, typed), cancellationToken);
        if (output.IsJson)
        {
            output.Json(task, AgentJson.Default.AgentTask);
        }
        else
        {
            output.Line(describe(task));
        }

        return ExitCodes.Done;
    }
}
