using System.Collections.Concurrent;
using Agent.Ide.Client;
using Agent.Ide.Client.Board;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Programs;

namespace Agent.Ide.Hostile.Tests.Arena;

/// <summary>Tells when tasks come to rest, from what the coordinator tells its clients.</summary>
internal sealed class TaskEnds
{
    private static readonly HashSet<string> s_moving = new(StringComparer.Ordinal) { "queued", "preparing", "running", "validating", "merging" };

    private readonly ConcurrentDictionary<string, TaskCompletionSource<AgentTask>> _ends = new(StringComparer.Ordinal);

    public TaskEnds(AgentClient client)
    {
        Following = FollowAsync(client);
    }

    /// <summary>Ends with the client.</summary>
    public Task Following { get; }

    /// <summary>Waits until a task does nothing more by itself, once.</summary>
    public async Task<AgentTask> WaitAsync(string id)
    {
        try
        {
            return await Of(id).Task.WaitAsync(RunningProgram.Patience);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"The task {id} did not come to rest within {RunningProgram.Patience.TotalSeconds} s.", exception);
        }
    }

    private async Task FollowAsync(AgentClient client)
    {
        await foreach (var change in client.Changes.ReadAllAsync())
        {
            if (change is TaskChange { Task: var task } && !s_moving.Contains(task.State))
            {
                Of(task.Id).TrySetResult(task);
            }
        }
    }

    private TaskCompletionSource<AgentTask> Of(string id) =>
        _ends.GetOrAdd(id, static _ => new TaskCompletionSource<AgentTask>(TaskCreationOptions.RunContinuationsAsynchronously));
}
