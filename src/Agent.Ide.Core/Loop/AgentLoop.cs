namespace Agent.Ide.Core.Loop;

/// <summary>
/// One task's agent loop: it performs what the task's log says comes next until it must wait, ends, or is cancelled.
/// It keeps nothing of its own between two decisions, so a new one on the same log goes on where another was killed.
/// </summary>
public sealed class AgentLoop
{
    private readonly LoopPorts _ports;

    public AgentLoop(LoopPorts ports) => _ports = ports;

    /// <summary>
    /// Runs a task whose state is running. It appends every state the loop itself decides (waiting, ready for review,
    /// failed); on cancellation it appends no state. After an answer to a waiting task, its owner sets the state back to
    /// running and simply calls this again, once the call before has returned.
    /// </summary>
    /// <exception cref="InvalidOperationException">The task is not running.</exception>
    /// <remarks>Exceptions of the log itself (it could not store) are passed on: without a log there is no task.</remarks>
    public Task<LoopEnd> RunAsync(CancellationToken cancellationToken) =>
        throw new NotImplementedException($"The loop of {_ports.Log.Snapshot.Id} lands with the next commit.");
}
