using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing.Limits;

/// <summary>Two groups around one program, where neither limits everything.</summary>
internal sealed class JoinedGroup : ResourceGroup
{
    private readonly ResourceGroup _outer;
    private readonly ResourceGroup _inner;

    public JoinedGroup(ResourceGroup outer, ResourceGroup inner)
    {
        _outer = outer;
        _inner = inner;
        Reached = Task.WhenAny(outer.Reached, inner.Reached).Unwrap();
    }

    public override Task<LimitReached> Reached { get; }

    public override long ScratchBytes => Math.Min(_outer.ScratchBytes, _inner.ScratchBytes);

    public override ProcessStart Enter(ProcessStart start) => _outer.Enter(_inner.Enter(start));

    public override void Watch(ChildProcess program)
    {
        _outer.Watch(program);
        _inner.Watch(program);
    }

    public override LimitReached? Verdict() => _outer.Verdict() ?? _inner.Verdict();

    public override void Kill()
    {
        _outer.Kill();
        _inner.Kill();
    }

    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        await _outer.DisposeAsync();
    }
}
