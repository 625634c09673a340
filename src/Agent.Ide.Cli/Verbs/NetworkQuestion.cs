using Agent.Ide.Cli.CommandLine;

namespace Agent.Ide.Cli.Verbs;

/// <summary>Asks the person who gives a task the network whether they mean it, before there is a task.</summary>
internal static class NetworkQuestion
{
    public static async Task<bool> AskAsync(VerbInvocation invocation, CancellationToken cancellationToken)
    {
        var terminal = invocation.Host.Out;
        terminal.WriteLine("Every command of this task could reach all that this machine reaches, and this machine's own servers on loopback");
        terminal.WriteLine("(databases, development servers, other programs' services). What a command can read it can send away.");
        terminal.Write("Allow it for this task? [y/N] ");
        terminal.Flush();

        // Reading a terminal cannot be cancelled; an interrupt leaves the read behind with the process.
        var answer = await Task.Run(invocation.Host.In.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
        return answer?.Trim().ToUpperInvariant() is "Y" or "YES";
    }
}
