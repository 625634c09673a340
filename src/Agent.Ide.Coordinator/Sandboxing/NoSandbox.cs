using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>Stands where no sandbox works: it starts nothing, so that nobody runs a program in the open by accident.</summary>
public sealed class NoSandbox : ISandbox
{
    public NoSandbox(string reason, string fix)
    {
        Description = reason;
        Fix = fix;
    }

    public bool IsAvailable => false;

    public string Description { get; }

    public string? Fix { get; }

    public Task<ChildProcess> StartAsync(SandboxPolicy policy, SandboxedProgram program) =>
        throw new SandboxUnavailableException($"{Description} {Fix}");
}
