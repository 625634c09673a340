namespace Agent.Ide.Core.Tasks;

/// <summary>How far a task's setup commands have come in its present worktree.</summary>
public sealed record TaskSetup
{
    /// <summary>Commands that ended well, counted from the first.</summary>
    public int Done { get; init; }

    /// <summary>The one under way, or cut short; null while none is.</summary>
    public SetupStarted? Open { get; init; }

    /// <summary>What they changed is stored: there is nothing left to do.</summary>
    public bool IsStored { get; init; }

    /// <summary>Under which an approval of a command is asked for.</summary>
    public static string CallOf(int number) => $"setup-{number}";

    public TaskSetup Start(SetupStarted e) => this with { Open = e };

    public TaskSetup Finish(SetupFinished e) => this with { Open = null, Done = e.ExitCode == 0 && e.Number == Done + 1 ? e.Number : Done };
}
