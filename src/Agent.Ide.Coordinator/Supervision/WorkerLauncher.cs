using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>Says how a worker is started: in the sandbox where there is one, in the open (its own path checks hold) where not.</summary>
public sealed class WorkerLauncher
{
    private readonly ISandbox _sandbox;
    private readonly IResourceLimiter _limiter;
    private readonly IReadOnlyList<string> _command;
    private readonly IReadOnlyDictionary<string, string> _environment;

    /// <param name="sandbox">From the probe.</param>
    /// <param name="limiter">From its probe.</param>
    /// <param name="command">Program and leading arguments of a worker; absolute.</param>
    /// <param name="environment">The worker's whole environment.</param>
    public WorkerLauncher(
        ISandbox sandbox, IResourceLimiter limiter, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        _sandbox = sandbox;
        _limiter = limiter;
        _command = command;
        _environment = environment;
    }

    /// <summary>Starts a tool host for one worktree. It never has a network, whatever the task's commands were given.</summary>
    /// <param name="policy">The task's.</param>
    /// <param name="limits">What the worker may use, beside the commands.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program, or the sandbox's launcher, cannot be started.</exception>
    /// <exception cref="SandboxUnavailableException">Its sandbox or its limits cannot be made.</exception>
    public async Task<StartedWorker> StartAsync(SandboxPolicy policy, ResourceLimits limits)
    {
        var group = _limiter.Open(limits);
        try
        {
            return new StartedWorker(await StartAsync(policy, group), group);
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    private async Task<ChildProcess> StartAsync(SandboxPolicy policy, ResourceGroup group)
    {
        string[] arguments = [.. _command.Skip(1), "--root", policy.WorktreePath];
        if (!_sandbox.IsAvailable)
        {
            var child = ChildProcess.Start(group.Enter(new ProcessStart
            {
                FileName = _command[0],
                Arguments = arguments,
                WorkingDirectory = policy.WorktreePath,
                Environment = _environment,
            }));
            group.Watch(child);
            return child;
        }

        string[] shown = [.. policy.ReadOnlyPaths, .. ProgramPaths(), SystemMounts.DotnetRoot()];
        return await _sandbox.StartAsync(
            policy with { ReadOnlyPaths = shown, Network = SandboxNetwork.None },
            new SandboxedProgram { FileName = _command[0], Arguments = arguments, Environment = _environment, Group = group });
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
