using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Faults.Host;

/// <summary>A task's log that pulls the trigger at its entries.</summary>
internal sealed class FaultyLogFile(ITaskLogFile file, FaultTrigger trigger) : ITaskLogFile
{
    public void Append(long sequence, IReadOnlyList<TaskEvent> entries)
    {
        var number = trigger.Count();
        trigger.Before(number);
        file.Append(sequence, entries);
        trigger.After(number);
    }

    public IReadOnlyList<TaskEvent> ReadAfter(long sequence) => file.ReadAfter(sequence);

    public void Dispose() => file.Dispose();
}
