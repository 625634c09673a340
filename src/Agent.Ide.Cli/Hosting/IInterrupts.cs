namespace Agent.Ide.Cli.Hosting;

/// <summary>Ctrl-C and SIGTERM, told apart by count: the first asks to stop in good order, the second to leave at once.</summary>
internal interface IInterrupts
{
    CancellationToken First { get; }

    CancellationToken Second { get; }
}
