using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Hosting;

namespace Agent.Ide.Cli;

/// <summary>Chooses what this process is. The verbs that processes start each other with come first, past everything a person needs.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => arguments switch
    {
        [HiddenVerbs.Worker, HiddenVerbs.Root, var root] => HiddenVerbs.RunWorkerAsync(root),
        ["coordinator", HiddenVerbs.Serve, HiddenVerbs.CommonDirectory, var directory, HiddenVerbs.Checkout, var checkout] =>
            HiddenVerbs.ServeCoordinatorAsync(directory, checkout),
        _ => RunVerbAsync(arguments),
    };

    private static async Task<int> RunVerbAsync(string[] arguments)
    {
        using var interrupts = new SignalInterrupts();
        return await VerbRunner.RunAsync(arguments, ProcessHost.Create(new CoordinatorAccess(), interrupts));
    }
}
