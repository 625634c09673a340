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
    /// <summary>Reading or writing failed, of standard output too: there may be nowhere left to write a document to.</summary>
    private const string IoFailed = "ioFailed";

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliHost host)
    {
        var common = new CommonOptions();
        var root = VerbList.Create(common);

        // No response files: a prompt may begin with "@".
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        var output = new VerbOutput(host, parsed.GetValue(common.Json));
        try
        {
            var exitCode = await RunAsync(parsed, arguments, common, host, output);

            // Within the reach of the handler: a result that could not be written (a full disk) is a failure.
            await host.Out.FlushAsync();
            return exitCode;
        }
        catch (Exception exception) when (Describe(exception, host) is { } failure)
        {
            Report(failure, output);
            return failure.ExitCode;
        }
        finally
        {
            await host.Error.FlushAsync();
        }
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, IReadOnlyList<string> arguments, CommonOptions common, CliHost host, VerbOutput output)
    {
        if (parsed.GetValue(common.Version))
        {
            output.Line(ProductVersion.Text);
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

    private static void Report(TaskFailure failure, VerbOutput output)
    {
        if (output.IsJson && failure.Code != IoFailed)
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
        IOException or UnauthorizedAccessException => new TaskFailure(IoFailed, exception.Message, "Check the disk and who may write where.", ExitCodes.Failed),
        _ => null,
    };
}
