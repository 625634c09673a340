using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Demo;
using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Core.Scripting;
using Agent.Ide.LanguageServer;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Hosting;

/// <summary>The verbs that processes of the product start each other with. Not for people, so not in the help.</summary>
internal static class HiddenVerbs
{
    /// <summary><c>worker --root DIR</c></summary>
    public const string Worker = "worker";

    public const string Root = "--root";

    /// <summary><c>coordinator serve --common-dir DIR --checkout DIR</c></summary>
    public const string Serve = "serve";

    public const string CommonDirectory = "--common-dir";

    public const string Checkout = "--checkout";

    /// <summary>A tool host on the standard streams.</summary>
    public static async Task<int> RunWorkerAsync(string root)
    {
        var (input, output) = ProcessHost.StandardStreams();
        await Ide.Worker.WorkerHost.RunAsync(input, output, root, CancellationToken.None);
        return ExitCodes.Done;
    }

    /// <summary>The coordinator of a repository, until it is stopped or idle.</summary>
    public static async Task<int> ServeCoordinatorAsync(string commonDirectory, string checkout)
    {
        using var interrupts = new SignalInterrupts();
        var (_, output) = ProcessHost.StandardStreams();
        var options = new CoordinatorOptions
        {
            CommonDirectory = commonDirectory,
            Checkout = checkout,
            Version = ProductVersion.Text,
            WorkerCommand = OwnCommand.For(Worker),
            Environment = ProcessHost.ReadEnvironment(),
            SessionParts = [static context => new LanguageSession(context)],
            DefaultScript = () => ModelScript.Parse(DemoScript.Text, "the demo's script"),
        };
        return await CoordinatorProgram.ServeAsync(
            options,
            async line =>
            {
                await output.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
                await output.FlushAsync();
            },
            detach: true,
            interrupts.First);
    }
}
