using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>Says how a worker is started: in the sandbox where there is one, in the open (its own path checks hold) where not.</summary>
public sealed class WorkerLauncher
{
    private readonly ISandbox _sandbox;
    private readonly IReadOnlyList<string> _command;
    private readonly IReadOnlyDictionary<string, string> _environment;

    /// <param name="sandbox">From the probe.</param>
    /// <param name="command">Program and leading arguments of a worker; absolute.</param>
    /// <param name="environment">The worker's whole environment.</param>
    public WorkerLauncher(ISandbox sandbox, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        _sandbox = sandbox;
        _command = command;
        _environment = environment;
    }

    /// <exception cref="SandboxUnavailableException">The policy cannot be enforced.</exception>
    public ProcessStart Prepare(SandboxPolicy policy)
    {
        string[] arguments = [.. _command.Skip(1), "--root", policy.WorktreePath];
        if (!_sandbox.IsAvailable)
        {
            return new ProcessStart { FileName = _command[0], Arguments = arguments, WorkingDirectory = policy.WorktreePath, Environment = _environment };
        }

        string[] shown = [.. policy.ReadOnlyPaths, Path.GetDirectoryName(_command[0])!, SystemMounts.DotnetRoot()];
        return _sandbox.Wrap(
            policy with { ReadOnlyPaths = shown },
            new SandboxedProgram { FileName = _command[0], Arguments = arguments, Environment = _environment });
    }
}
