using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Hosting;
using Agent.Ide.Cli.Output;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>lsp --stdio</c>: the language server for an editor. Standard output belongs to the protocol.</summary>
internal static class LspVerb
{
    public static Verb Create()
    {
        var stdio = new Option<bool>("--stdio") { Description = "Speak over standard input and output; the only way there is" };
        return new Verb("lsp", "Language server for an editor", VerbGroup.Serve)
        {
            Examples = ["agent-ide lsp --stdio"],
            Run = (invocation, cancellationToken) =>
            {
                if (!invocation.Get(stdio))
                {
                    throw new UsageException("`agent-ide lsp` needs --stdio.", "Editors start it; docs/editors.md tells how.");
                }

                var host = invocation.Host;
                var (input, output) = ProcessHost.StandardStreams();
                var pump = new LanguageServerPump(host.Coordinators, host.Environment, invocation.Directory, invocation.NamesRepository);
                return pump.RunAsync(input, output, line => host.Error.WriteLineAsync(TerminalText.Line(line)), cancellationToken);
            },
        }.With(stdio);
    }
}
