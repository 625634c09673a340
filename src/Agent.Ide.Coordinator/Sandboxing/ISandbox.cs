using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>Puts a wall of the operating system around a program: the one launcher for workers and commands.</summary>
public interface ISandbox
{
    /// <summary>Whether <see cref="StartAsync"/> gives a real boundary here. Where it does not, callers fail closed.</summary>
    bool IsAvailable { get; }

    /// <summary>One line for a person: which sandbox this is, or why there is none.</summary>
    string Description { get; }

    /// <summary>What a person can do about a missing sandbox; null where it works.</summary>
    string? Fix { get; }

    /// <summary>Starts <paramref name="program"/> inside. It dies with this process, however that ends.</summary>
    /// <exception cref="SandboxUnavailableException">There is no sandbox here.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The sandbox's launcher cannot be started.</exception>
    Task<ChildProcess> StartAsync(SandboxPolicy policy, SandboxedProgram program);
}

/// <summary>What runs inside a sandbox.</summary>
public sealed record SandboxedProgram
{
    /// <summary>Absolute path as seen inside.</summary>
    public required string FileName { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The whole environment; nothing is inherited. <see cref="SandboxEnvironment"/> makes it.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>
    /// True: the program is process 1 of its own process namespace. When it ends, the kernel kills whatever it left behind
    /// before the launcher's own end is reported, with the program's exit code. It has no standard input, and
    /// the system calls of <see cref="SystemCallFilter"/> are refused to it.
    /// </summary>
    public bool OwnsItsProcesses { get; init; }

    /// <summary>Holds it, and the sandbox around it, within limits; owned by the caller. Null: nothing does.</summary>
    public ResourceGroup? Group { get; init; }
}

/// <summary>No sandbox works here, or a path it has to protect is not what it must be. Nothing was started.</summary>
public sealed class SandboxUnavailableException : Exception
{
    public SandboxUnavailableException(string message)
        : base(message)
    {
    }
}
