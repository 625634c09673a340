using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing.Limits;

/// <summary>Holds programs within limits by the means this machine has. <see cref="LimiterProbe"/> finds out which.</summary>
public interface IResourceLimiter
{
    /// <summary>One line for a person: by what means, and what it does not limit.</summary>
    string Description { get; }

    /// <summary>What a person can do to get what is missing; null where nothing is.</summary>
    string? Fix { get; }

    /// <summary>A group for one program about to be started. Disposing it ends what is left in it and removes it.</summary>
    /// <exception cref="SandboxUnavailableException">The limits cannot be set; the program must not be started.</exception>
    ResourceGroup Open(ResourceLimits limits);
}

/// <summary>One program and everything it starts, held within limits from before its first instruction until it is disposed of.</summary>
public abstract class ResourceGroup : IAsyncDisposable
{
    /// <summary>The start that puts the program into the group before it can do anything, its forks included.</summary>
    public abstract ProcessStart Enter(ProcessStart start);

    /// <summary>The program was started: from here on it is watched.</summary>
    public abstract void Watch(ChildProcess program);

    /// <summary>Completes when a limit was met that must end the program; whoever started it kills it then. Else never.</summary>
    public abstract Task<LimitReached> Reached { get; }

    /// <summary>The limit that the program met, also in its last moment; asked after its end.</summary>
    public abstract LimitReached? Verdict();

    /// <summary>Kills what is in the group, as far as the group can know it.</summary>
    public abstract void Kill();

    /// <summary>The most that each private memory file system may hold, in bytes, where the group cannot count it itself.</summary>
    public virtual long ScratchBytes => long.MaxValue;

    public abstract ValueTask DisposeAsync();
}
