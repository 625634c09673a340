namespace Agent.Ide.Cli.CommandLine;

/// <summary>The command line asks for something that does not exist. Ends with exit code 2.</summary>
internal sealed class UsageException(string message, string hint) : Exception(message)
{
    /// <summary>What is allowed, or what to do.</summary>
    public string Hint { get; } = hint;

    public static UsageException NotBuilt(string what) =>
        new($"{what} is not built yet.", "`agent-ide --help` marks what is not.");
}
