using System.Collections;
using System.Text;

namespace Agent.Ide.Cli.Hosting;

/// <summary>The host that is this very process: the one place that touches its console.</summary>
internal static class ProcessHost
{
    private const int FallbackWidth = 120;

    public static CliHost Create(ICoordinatorAccess coordinators, IInterrupts interrupts)
    {
#pragma warning disable RS0030 // Only Agent.Ide.Cli talks to a terminal, and only here.
        var outIsTerminal = !Console.IsOutputRedirected;
        var environment = ReadEnvironment();

        // Writers of our own: the console's would set up its terminal handling, which nobody here needs, at each start.
        return new CliHost
        {
            Out = Writer(Console.OpenStandardOutput()),
            Error = Writer(Console.OpenStandardError()),
            In = TextReader.Synchronized(new StreamReader(Console.OpenStandardInput(), Utf8)),
            OutIsTerminal = outIsTerminal,
            InIsTerminal = !Console.IsInputRedirected && outIsTerminal,
            Colour = outIsTerminal && !environment.ContainsKey("NO_COLOR") && environment.GetValueOrDefault("TERM") != "dumb",
            Width = outIsTerminal ? WidthOf() : FallbackWidth,
            WorkingDirectory = Environment.CurrentDirectory,
            Environment = environment,
            Coordinators = coordinators,
            Interrupts = interrupts,
            Clock = TimeProvider.System,
        };
    }

    private static int WidthOf()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : FallbackWidth;
        }
        catch (IOException)
        {
            return FallbackWidth;
        }
    }

    /// <summary>Standard input and output as bytes, for a process that is talked to by another.</summary>
    public static (Stream Input, Stream Output) StandardStreams() => (Console.OpenStandardInput(), Console.OpenStandardOutput());
#pragma warning restore RS0030

    private static UTF8Encoding Utf8 => new(encoderShouldEmitUTF8Identifier: false);

    private static StreamWriter Writer(Stream stream) => new(stream, Utf8, bufferSize: 4096);

    public static Dictionary<string, string> ReadEnvironment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            environment[(string)entry.Key] = (string?)entry.Value ?? string.Empty;
        }

        return environment;
    }
}
