namespace Agent.Ide.Cli.Hosting;

/// <summary>Everything of the surrounding process that a verb may use. Tests make their own.</summary>
internal sealed record CliHost
{
    /// <summary>What a program reads: JSON only with <c>--json</c>.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>What a person reads beside it.</summary>
    public required TextWriter Error { get; init; }

    public required TextReader In { get; init; }

    public required bool OutIsTerminal { get; init; }

    public required bool InIsTerminal { get; init; }

    /// <summary>Whether escape sequences may be written to <see cref="Out"/>: a terminal, and nobody objected (<c>NO_COLOR</c>, <c>TERM=dumb</c>).</summary>
    public required bool Colour { get; init; }

    /// <summary>Columns of the terminal; what plain text is cut to is never narrower than this says.</summary>
    public int Width { get; init; } = 120;

    /// <summary>Folder whose repository is meant where <c>--repo</c> does not say.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The process's environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required ICoordinatorAccess Coordinators { get; init; }

    public required IInterrupts Interrupts { get; init; }

    public required TimeProvider Clock { get; init; }
}
