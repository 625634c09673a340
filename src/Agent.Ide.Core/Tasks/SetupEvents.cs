namespace Agent.Ide.Core.Tasks;

/// <summary>A setup command begins. A start without an end after a restart is one that runs again.</summary>
public sealed record SetupStarted : TaskEvent
{
    /// <summary>Its place in <see cref="TaskSettings.Setup"/>, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The command line, whole.</summary>
    public required string Command { get; init; }

    /// <summary>Absolute path of the file that its output goes to.</summary>
    public required string Log { get; init; }
}

/// <summary>A setup command came to its end.</summary>
public sealed record SetupFinished : TaskEvent
{
    /// <summary>As in <see cref="SetupStarted"/>.</summary>
    public required int Number { get; init; }

    /// <summary>0: it is done and is not repeated. Null: its time was up, or it met a limit.</summary>
    public int? ExitCode { get; init; }

    public long DurationMs { get; init; }
}

/// <summary>
/// All setup commands are done, and what they changed in files that are not ignored is a commit: before the agent's first step it becomes the
/// task's base, so that it is nobody's work and an accept does not land it; later it is a commit of the branch that is no step.
/// </summary>
public sealed record SetupStored : TaskEvent
{
    /// <summary>The task's base from now on.</summary>
    public required string BaseCommit { get; init; }

    /// <summary>The branch's tip.</summary>
    public required string Head { get; init; }

    /// <summary>What the commands changed; empty when nothing, and then there is no commit.</summary>
    public IReadOnlyList<string> Files { get => field ?? []; init; } = [];
}
