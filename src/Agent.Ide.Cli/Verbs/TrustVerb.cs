using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Setup;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>trust</c>: shows what the repository's configuration wants to run or reach, and accepts it once a person said so.</summary>
internal static class TrustVerb
{
    public static Verb Create()
    {
        var yes = new Option<bool>("--yes") { Description = "Accept without asking" };
        return new Verb("trust", "Accept what the repository's configuration wants to run or reach", VerbGroup.Repository)
        {
            Examples = ["agent-ide trust", "agent-ide trust --yes"],
            Run = (invocation, cancellationToken) => RunAsync(invocation, invocation.Get(yes), cancellationToken),
        }.With(yes);
    }

    private static async Task<int> RunAsync(VerbInvocation invocation, bool yes, CancellationToken cancellationToken)
    {
        var output = invocation.Output;
        await using var client = await invocation.AttachAsync(cancellationToken);
        var result = await client.TrustAsync(accept: false, cancellationToken);
        if (!output.IsJson)
        {
            Describe(output, result);
        }

        if (result.File is null || result.Trusted)
        {
            return Finish(output, result, ExitCodes.Done);
        }

        if (!yes)
        {
            if (!invocation.Host.InIsTerminal || output.IsJson)
            {
                output.Note("Nothing was accepted. Accept it with: agent-ide trust --yes");
                return Finish(output, result, ExitCodes.Denied);
            }

            if (!await ConfirmAsync(invocation, cancellationToken))
            {
                output.Note("Nothing was accepted.");
                return ExitCodes.Denied;
            }
        }

        result = await client.TrustAsync(accept: true, cancellationToken);
        if (!output.IsJson)
        {
            output.Line("Accepted, until the file changes.");
        }

        return Finish(output, result, ExitCodes.Done);
    }

    private static void Describe(VerbOutput output, TrustResult result)
    {
        if (result.File is not { } file)
        {
            output.Line("This repository has no .agent-ide.yaml: there is nothing to trust.");
            return;
        }

        output.Line(result.Entries.Count == 0
            ? $"{TerminalText.Line(file)} asks for nothing that needs trust."
            : $"{TerminalText.Line(file)} {(result.Trusted ? "is trusted with" : "wants to set")}:");
        foreach (var entry in result.Entries)
        {
            output.Line($"  line {entry.Line}  {output.Paint(TerminalText.Line(entry.Key), Tone.Strong)}: {TerminalText.Line(entry.Value)}");
        }
    }

    private static async Task<bool> ConfirmAsync(VerbInvocation invocation, CancellationToken cancellationToken)
    {
        invocation.Host.Out.Write("Accept this? [y/N] ");
        invocation.Host.Out.Flush();

        // Reading a terminal cannot be cancelled; an interrupt leaves the read behind with the process.
        var answer = await Task.Run(invocation.Host.In.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
        return answer?.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    private static int Finish(VerbOutput output, TrustResult result, int exitCode)
    {
        if (output.IsJson)
        {
            output.Json(result, AgentJson.Default.TrustResult);
        }

        return exitCode;
    }
}
