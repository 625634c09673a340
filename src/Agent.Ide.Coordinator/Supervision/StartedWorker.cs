using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>A tool host that <see cref="WorkerLauncher"/> started, and the limits around it. Disposing it ends both.</summary>
public sealed record StartedWorker(ChildProcess Process, ResourceGroup Group) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await Group.DisposeAsync();
    }
}
