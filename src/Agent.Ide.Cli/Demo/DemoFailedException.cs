namespace Agent.Ide.Cli.Demo;

/// <summary>The demo did not come out as its script has it.</summary>
internal sealed class DemoFailedException(string message, string? hint) : Exception(message)
{
    public string? Hint { get; } = hint;
}
