using Agent.Ide.Coordinator.Sandboxing.Limits;

namespace Agent.Ide.Coordinator.Sandboxing.Commands;

/// <summary>How a command ended. By the time this exists, everything the command started in its sandbox is dead.</summary>
public sealed record CommandResult
{
    /// <summary>
    /// Standard output and standard error as they were written, mixed; terminal escape sequences, control characters and
    /// invalid UTF-8 taken out; the middle replaced by a line that says how many bytes were left out.
    /// </summary>
    public required string Output { get; init; }

    /// <summary>Bytes taken out of the middle of <see cref="Output"/>.</summary>
    public required long LeftOutBytes { get; init; }

    /// <summary>Of the shell: 128 + n after signal n. Null when it was killed: its time was up, or it met a limit.</summary>
    public required int? ExitCode { get; init; }

    /// <summary>The limit that it met and that ended it; null where it met none.</summary>
    public LimitReached? Limit { get; init; }

    /// <summary>The command was killed because its time was up.</summary>
    public bool TimedOut => ExitCode is null && Limit is null;

    /// <summary>The signal that the exit code stands for, by the shells' convention; null where it stands for none.</summary>
    public int? Signal => ExitCode is > 128 and <= 192 ? ExitCode - 128 : null;

    /// <summary>From start to the death of everything the command started.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>False when it ran in the open after an approval.</summary>
    public required bool Sandboxed { get; init; }

    /// <summary>One line: how it ended. Not after what time: it becomes a commit's subject, and the same work gives the same commit.</summary>
    public string Describe() => Limit is { } limit ? limit.Describe() : ExitCode switch
    {
        null => "timed out, everything it started was killed",
        _ when Signal is { } signal => $"exit code {ExitCode} (signal {signal})",
        _ => $"exit code {ExitCode}",
    };
}
