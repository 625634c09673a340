using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing.Limits;

/// <summary>Stands where nothing can limit a program: it says so and limits nothing.</summary>
public sealed class NoLimiter : IResourceLimiter
{
    public NoLimiter(string reason, string? fix)
    {
        Description = reason;
        Fix = fix;
    }

    public string Description { get; }

    public string? Fix { get; }

    public ResourceGroup Open(ResourceLimits limits) => new Group();

    private sealed class Group : ResourceGroup
    {
        public override Task<LimitReached> Reached { get; } = new TaskCompletionSource<LimitReached>().Task;

        public override ProcessStart Enter(ProcessStart start) => start;

        public override void Watch(ChildProcess program)
        {
        }

        public override LimitReached? Verdict() => null;

        public override void Kill()
        {
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
