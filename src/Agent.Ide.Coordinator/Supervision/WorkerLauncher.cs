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

    /// <summary>Starts a tool host for one worktree. It never has a network, whatever the task's commands were given.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The program, or the sandbox's launcher, cannot be started.</exception>
    public Task<ChildProcess> StartAsync(SandboxPolicy policy)
    {
        string[] arguments = [.. _command.Skip(1), "--root", policy.WorktreePath];
        if (!_sandbox.IsAvailable)
        {
            return Task.FromResult(ChildProcess.Start(new ProcessStart
            {
                FileName = _command[0],
                Arguments = arguments,
                WorkingDirectory = policy.WorktreePath,
                Environment = _environment,
            }));
        }

        string[] shown = [.. policy.ReadOnlyPaths, .. ProgramPaths(), SystemMounts.DotnetRoot()];
        return _sandbox.StartAsync(
            policy with { ReadOnlyPaths = shown, Network = SandboxNetwork.None },
            new SandboxedProgram { FileName = _command[0], Arguments = arguments, Environment = _environment });
    }

    /// <summary>
    /// The folders of the assemblies that the command names, or the program alone where it is a single file: beside
    /// that lies whatever the user keeps in such a folder.
    /// </summary>
    private IEnumerable<string> ProgramPaths()
    {
        yield return File.Exists(_command[0] + ".dll") ? Path.GetDirectoryName(_command[0])! : _command[0];
        foreach (var argument in _command.Skip(1))
        {
            if (Path.IsPathFullyQualified(argument) && argument.EndsWith(".dll", StringComparison.Ordinal))
            {
                yield return Path.GetDirectoryName(argument)!;
            }
        }
    }
}
