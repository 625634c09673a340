namespace Agent.Ide.Processes;

/// <summary>What to start. Nothing here is interpreted by a shell.</summary>
public sealed record ProcessStart
{
    /// <summary>Absolute path, or a name looked up on this process's own PATH.</summary>
    public required string FileName { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Null: this process's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The child's whole environment. Null: this process's own, unchanged.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
}

/// <summary>How a process ended and what it wrote.</summary>
/// <param name="ExitCode">As the system reports it; 128 + n after signal n.</param>
/// <param name="Output">Standard output, whole.</param>
/// <param name="Error">Standard error as UTF-8 text, its last <see cref="ChildProcess.MaxErrorBytes"/> bytes.</param>
public sealed record ProcessResult(int ExitCode, byte[] Output, string Error)
{
    public string OutputText => System.Text.Encoding.UTF8.GetString(Output);
}

/// <summary>A process wrote more to its standard output than its caller allowed; its tree was killed.</summary>
public sealed class ProcessOutputTooLargeException : IOException
{
    public ProcessOutputTooLargeException(string message)
        : base(message)
    {
    }
}
