using System.Globalization;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Hosting;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>coordinator status|stop</c>: the process behind a repository. Neither starts one.</summary>
internal static class CoordinatorVerb
{
    public static Verb Create() => new Verb("coordinator", "The process that runs this repository's tasks", VerbGroup.Repository)
        .With(
            new Verb("status", "Whether it runs, since when, and what it does", VerbGroup.Repository)
            {
                Examples = ["agent-ide coordinator status", "agent-ide coordinator status --json"],
                Run = StatusAsync,
            },
            new Verb("stop", "End it; running tasks go on when it is started again", VerbGroup.Repository)
            {
                Examples = ["agent-ide coordinator stop"],
                Run = StopAsync,
            });

    private static async Task<int> StatusAsync(VerbInvocation invocation, CancellationToken cancellationToken)
    {
        var output = invocation.Output;
        await using var client = await invocation.AttachToRunningAsync(cancellationToken);
        if (client is null)
        {
            if (output.IsJson)
            {
                output.Json(new NotRunningDocument(Running: false), CliJson.Default.NotRunningDocument);
            }
            else
            {
                output.Line("Not running. Any verb that needs it starts it.");
            }

            return ExitCodes.Done;
        }

        var status = await client.CoordinatorStatusAsync(cancellationToken);
        if (output.IsJson)
        {
            output.Json(status, AgentJson.Default.CoordinatorStatus);
            return ExitCodes.Done;
        }

        output.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"Running: process {status.Pid}, version {TerminalText.Line(status.Version)}, since {status.StartedAt.ToLocalTime():yyyy-MM-dd HH:mm:ss}"));
        output.Line($"  repository  {TerminalText.Line(status.CommonDirectory)}");
        output.Line($"  tasks       {status.RunningTasks} running, {status.QueuedTasks} queued, {status.Tasks} in all");
        output.Line($"  clients     {status.Clients}");
        output.Line($"  sandbox     {(status.Sandboxed ? "yes" : "no: each command needs an approval")}");
        output.Line($"  log         {TerminalText.Line(status.LogFile)}");
        return ExitCodes.Done;
    }

    private static async Task<int> StopAsync(VerbInvocation invocation, CancellationToken cancellationToken)
    {
        var output = invocation.Output;
        var stopped = await CoordinatorEnd.StopAsync(invocation.Host, await invocation.LocateAsync(cancellationToken), cancellationToken);
        if (output.IsJson)
        {
            output.Json(new StoppedDocument(stopped), CliJson.Default.StoppedDocument);
        }
        else
        {
            output.Line(stopped ? "Stopped. Tasks that ran go on when it is started again." : "Not running.");
        }

        return ExitCodes.Done;
    }
}
