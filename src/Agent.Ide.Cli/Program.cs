using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Hosting;

namespace Agent.Ide.Cli;

/// <summary>Chooses what this process is. The verbs that processes start each other with come first, past everything a person needs.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using var interrupts = new SignalInterrupts();
        return await VerbRunner.RunAsync(arguments, ProcessHost.Create(new CoordinatorAccess(), interrupts));
    }
}
