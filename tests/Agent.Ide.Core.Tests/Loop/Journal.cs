namespace Agent.Ide.Core.Tests.Loop;

/// <summary>The process died here, as far as the loop can tell.</summary>
internal sealed class ProcessKilledException : Exception;

/// <summary>What happened, in order, and the points at which the process can be killed.</summary>
internal sealed class Journal
{
    private readonly List<string> _entries = [];
    private TaskCompletionSource _killed = new();

    public IReadOnlyList<string> Entries => _entries;

    /// <summary>Points passed so far.</summary>
    public int Points { get; private set; }

    /// <summary>The number of the point at which to die, once; -1: never.</summary>
    public int KillAt { get; set; } = -1;

    public void Add(string entry) => _entries.Add(entry);

    /// <summary>Completes when the process is dead.</summary>
    public Task Killed => _killed.Task;

    /// <summary>What is killed neither returns nor throws: no handler of its own runs.</summary>
    public async Task ReachAsync(string point)
    {
        if (Points++ == KillAt)
        {
            _entries.Add($"killed {point}");
            var killed = _killed;
            _killed = new TaskCompletionSource();
            killed.SetResult();
            await new TaskCompletionSource().Task;
        }
    }
}
