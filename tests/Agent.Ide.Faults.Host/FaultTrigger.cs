using System.Diagnostics;
using System.Globalization;
using Agent.Ide.Processes;

namespace Agent.Ide.Faults.Host;

/// <summary>Counts entries and kills at the one that the fault names.</summary>
internal sealed class FaultTrigger(Fault fault)
{
    private int _count;

    public int Count() => Interlocked.Increment(ref _count);

    public void Before(int number)
    {
        if (number == fault.Entry && !fault.Stored)
        {
            Kill();
        }
    }

    public void After(int number)
    {
        if (number != fault.Entry || !fault.Stored)
        {
            return;
        }

        if (fault.DelayMicroseconds == 0)
        {
            Kill();
            return;
        }

        // A thread of its own, so that a busy pool does not make the moment later.
        new Thread(() =>
        {
            var start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < fault.DelayMicroseconds)
            {
                Thread.Yield();
            }

            Kill();
        })
        {
            IsBackground = true,
        }.Start();
    }

    private void Kill()
    {
        if ((fault.Targets & ~FaultTargets.Coordinator) != 0)
        {
            foreach (var process in Descendants())
            {
                ChildProcess.Kill(process);
            }
        }

        if (fault.Targets.HasFlag(FaultTargets.Coordinator))
        {
            ChildProcess.Kill(Environment.ProcessId);
            new ManualResetEventSlim().Wait(); // Nothing of this thread's work goes on while the signal is on its way.
        }
    }

    private IEnumerable<int> Descendants()
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Read($"{folder}/stat") is { } stat)
            {
                parents[id] = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
            }
        }

        foreach (var id in parents.Keys)
        {
            if (Kind(id, parents) is { } kind && (fault.Targets & kind) != 0)
            {
                yield return id;
            }
        }
    }

    /// <summary>What this process was started as; so is a child called that has not become yet what it is to be, a git perhaps.</summary>
    private static string Own { get; } = Read("/proc/self/cmdline")?.Split('\0')[0] ?? string.Empty;

    /// <summary>What a process belongs to; null for git, and for whatever is not below this process.</summary>
    private static FaultTargets? Kind(int id, Dictionary<int, int> parents)
    {
        FaultTargets? kind = null;
        for (var depth = 0; depth < 20 && id > 1; depth++)
        {
            if (id == Environment.ProcessId)
            {
                return kind;
            }

            var command = Read($"/proc/{id}/cmdline")?.Split('\0') ?? [];
            if (kind is null && (command is [] or [""] || Path.GetFileName(command[0]) == "git" || command[0] == Own))
            {
                return null;
            }

            kind = command.Contains("--root") ? FaultTargets.Worker : kind ?? FaultTargets.Command;
            if (!parents.TryGetValue(id, out id))
            {
                break;
            }
        }

        return null;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null; // It ended meanwhile.
        }
    }
}
