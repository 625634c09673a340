using System.Runtime.CompilerServices;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Hosting;

namespace Agent.Ide.Cli.Progress;

/// <summary>Chooses how progress is shown.</summary>
internal static class ProgressViews
{
    /// <param name="invocation">Says where output goes.</param>
    /// <param name="named">Whether several tasks are followed.</param>
    public static IProgressView Create(VerbInvocation invocation, bool named)
    {
        if (invocation.Output.IsJson)
        {
            return new JsonProgress(invocation.Output);
        }

        return invocation.Host.OutIsTerminal && invocation.Host.Colour
            ? CreateLive(invocation.Host, named)
            : new PlainProgress(invocation.Output, invocation.Host.Out.Flush, named);
    }

    /// <summary>Apart, so that the console library is loaded on a terminal only.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static LiveProgress CreateLive(CliHost host, bool named) => new(host, named);
}
