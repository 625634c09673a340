using System.CommandLine;
using Agent.Ide.Cli.Hosting;
using Agent.Ide.Cli.Output;
using Agent.Ide.Client;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.CommandLine;

/// <summary>Parses a command line, runs the verb, and turns whatever goes wrong into one line and an exit code.</summary>
internal static class VerbRunner
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliHost host)
    {
        var common = new CommonOptions();
        var root = VerbList.Create(common);

        // No response files: a prompt may begin with "@".
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        var output = new VerbOutput(host, parsed.GetValue(common.Json));
        try
        {
            if (parsed.GetValue(common.Version))
            {
                host.Out.WriteLine(ProductVersion.Text);
                return ExitCodes.Done;
            }

            if (parsed.GetValue(common.Help) || arguments.Count == 0)
            {
                HelpPage.Write(parsed.CommandResult.Command, host.Out);
                return ExitCodes.Done;
            }

            SyntaxCheck.Run(parsed, arguments);
            var verb = (Verb)parsed.CommandResult.Command;
            return await verb.Run!(new VerbInvocation(host, parsed, common, output), host.Interrupts.First);
        }
        catch (Exception exception) when (Describe(exception, host) is { } failure)
        {
            Report(failure, output);
            return failure.ExitCode;
        }
        finally
        {
            await FlushAsync(host);
        }
    }

    private static void Report(TaskFailure failure, VerbOutput output)
    {
        if (output.IsJson)
        {
            output.Json(new FailureDocument(failure), CliJson.Default.FailureDocument);
        }

        output.NoteOnce(TerminalText.Line(failure.Hint is { Length: > 0 } hint ? $"{failure.Message} {hint}" : failure.Message));
    }

    /// <returns>Null for what nobody foresaw: it ends the process with its stack trace, as a defect should.</returns>
    private static TaskFailure? Describe(Exception exception, CliHost host) => exception switch
    {
        UsageException e => new TaskFailure("usage", e.Message, e.Hint, ExitCodes.Usage),
        AgentRequestException e => new TaskFailure(e.Error.Code, e.Message, e.Error.Hint, e.Error.ExitCode),
        GitException e => new TaskFailure("gitProblem", e.Message, null, ExitCodes.Environment),
        OperationCanceledException when host.Interrupts.First.IsCancellationRequested =>
            new TaskFailure("interrupted", "Interrupted.", "Tasks that run go on: `agent-ide tasks` shows them.", ExitCodes.Interrupted),
        IOException or UnauthorizedAccessException => new TaskFailure("ioFailed", exception.Message, null, ExitCodes.Failed),
        _ => null,
    };

    private static async Task FlushAsync(CliHost host)
    {
        try
        {
            await host.Out.FlushAsync();
            await host.Error.FlushAsync();
        }
        catch (IOException)
        {
            // Whoever read our output has gone (`agent-ide tasks | head`); there is nobody left to tell.
        }
    }
}
