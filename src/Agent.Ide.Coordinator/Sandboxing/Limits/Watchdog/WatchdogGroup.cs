using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Agent.Ide.Coordinator.Sandboxing.Limits.Cgroups;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing.Limits.Watchdog;

/// <summary>Looks at one program's process tree until it passes a limit or ends.</summary>
internal sealed partial class WatchdogGroup : ResourceGroup
{
    /// <summary>The shortest pause between two looks.</summary>
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest, however large the tree.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    /// <summary>A pause is at least this many times as long as the look before it: the watch may cost a few hundredths of a processor.</summary>
    private const int PauseFactor = 15;

    // Of 0 (usual) to 19 (last); three of them halve what a process gets beside a usual one.
    private const int YieldingPriority = 3;
    private const int PriorityOfProcess = 0;

    // Where control groups count the processes, more than this cannot be there.
    private const int MaxMembers = 100_000;

    private readonly CgroupControllers _watched;
    private readonly ResourceLimits _limits;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<LimitReached> _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private readonly HashSet<int> _yielding = [];
    private ChildProcess? _program;
    private Task _watching = Task.CompletedTask;

    public WatchdogGroup(CgroupControllers watched, ResourceLimits limits, TimeProvider time)
    {
        _watched = watched;
        _limits = limits;
        _time = time;
    }

    public override Task<LimitReached> Reached => _reached.Task;

    // /tmp and the home folder: what they hold belongs to no process, and so is bounded by itself.
    public override long ScratchBytes => (_watched & CgroupControllers.Memory) != 0 ? Math.Max(_limits.MemoryBytes / 2, 1) : long.MaxValue;

    public override ProcessStart Enter(ProcessStart start) => start;

    public override void Watch(ChildProcess program)
    {
        _program = program;
        _watching = Task.Run(WatchAsync);
    }

    public override LimitReached? Verdict() => _reached.Task.IsCompletedSuccessfully ? _reached.Task.Result : null;

    public override void Kill()
    {
        if (_program is { HasExited: false } program)
        {
            program.KillTree();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _watching;
        _ended.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            while (!_program!.HasExited)
            {
                var started = _time.GetTimestamp();
                if (Look(_program.Id) is { } limit)
                {
                    // Ended here and now: until somebody else is awake to do it, a bomb doubles again and again.
                    _reached.TrySetResult(limit);
                    EndTopOf(_program.Id);
                    return;
                }

                var pause = _time.GetElapsedTime(started) * PauseFactor;
                await Task.Delay(pause < s_shortest ? s_shortest : pause > s_longest ? s_longest : pause, _time, _ended.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
        {
            // The program ended, or whoever started it has let go of it.
        }
    }

    private LimitReached? Look(int top)
    {
        var counted = (_watched & CgroupControllers.Processes) != 0;
        var tree = ProcessTree.Of(top, counted ? _limits.Processes : MaxMembers);
        if (counted && tree.Threads > _limits.Processes)
        {
            return new LimitReached(LimitKind.Processes, _limits.Processes);
        }

        if (_limits.YieldsProcessor && OperatingSystem.IsLinux())
        {
            Yield(tree);
        }

        if ((_watched & CgroupControllers.Memory) == 0)
        {
            return null;
        }

        // The last member was started last, so it is inside when anything is. What is shared is counted several times at first;
        // only a sum over the limit is worth the slow and exact count.
        var files = tree.Members.Count > 1 ? MemoryFileSystem.UsedBytes(tree.Members[^1], SandboxMounts.MemoryFolders) : 0;
        return tree.Bytes + files > _limits.MemoryBytes && tree.ProportionalBytes() + files > _limits.MemoryBytes
            ? new LimitReached(LimitKind.Memory, _limits.MemoryBytes / (1024 * 1024))
            : null;
    }

    /// <summary>Kills the topmost processes below the launcher: in a process namespace of its own that ends all the others.</summary>
    private static void EndTopOf(int launcher)
    {
        foreach (var member in ProcessTree.ChildrenOf(launcher))
        {
            ChildProcess.Kill(member);
        }
    }

    [SupportedOSPlatform("linux")]
    private void Yield(ProcessTree tree)
    {
        foreach (var member in tree.Members)
        {
            if (_yielding.Add(member))
            {
                // What they start from now on inherits it. A process that is gone meanwhile has nothing to yield.
                _ = SetPriority(PriorityOfProcess, member, YieldingPriority);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, int who, int priority);
}
