namespace Agent.Ide.Coordinator.Tasks;

/// <summary>Tells whether the machine has memory for one more agent.</summary>
public interface IMachineMemory
{
    /// <summary>Why there is none, in words that complete "waiting for memory: …"; null when there is enough.</summary>
    string? Shortage();
}

/// <summary>A machine that nobody asks: for tests, and where the system does not tell.</summary>
public sealed class AmpleMemory : IMachineMemory
{
    public string? Shortage() => null;
}
