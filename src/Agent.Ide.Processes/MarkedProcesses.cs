using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Agent.Ide.Processes;

/// <summary>
/// Processes known by a variable of the environment they were started with, which everything they start inherits. So what a killed
/// process left running is found without a list that it would have had to write in time. A mark has to be a secret as long as it counts.
/// </summary>
/// <remarks>Linux alone shows environments (<c>/proc/PID/environ</c>, to the same user); elsewhere nothing is found.</remarks>
public static partial class MarkedProcesses
{
    private const int Terminate = 15; // SIGTERM
    private const int Kill = 9; // SIGKILL

    /// <summary>A process that is being started has no environment for an instant of its <c>exec</c>: one look may miss it.</summary>
    private const int LooksWithoutAny = 2;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Ends all that carry the mark, and returns when they are gone. They are asked first: git takes its lock files away when it is.
    /// </summary>
    /// <param name="mark">The variable, as <c>NAME=value</c>.</param>
    /// <param name="grace">What they have to end by themselves.</param>
    /// <param name="patience">What the system has to end them by force; one that hangs in a file system may take for ever.</param>
    /// <param name="time">Measures both.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The ids of those that are still there; empty when all are gone.</returns>
    public static async Task<IReadOnlyList<int>> EndAsync(
        string mark, TimeSpan grace, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        var sought = Encoding.UTF8.GetBytes(mark + '\0');
        for (var looks = 0; looks < LooksWithoutAny; looks++)
        {
            if (Find(sought) is { Count: > 0 } found)
            {
                var left = await SignalAsync(found, Terminate, grace, time, cancellationToken);
                left = await SignalAsync(left, Kill, patience, time, cancellationToken);
                if (left.Count > 0)
                {
                    return left;
                }

                // What they started while they were listed is marked, too.
                looks = -1;
            }
            else
            {
                await Task.Delay(BetweenLooks, time, cancellationToken);
            }
        }

        return [];
    }

    private static List<int> Find(ReadOnlySpan<byte> mark)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && id != Environment.ProcessId
                && ReadEnvironment(folder).AsSpan().IndexOf(mark) >= 0)
            {
                found.Add(id);
            }
        }

        return found;
    }

    /// <returns>Empty for a process of another user, one that hides its memory, and one that ends meanwhile.</returns>
    private static byte[] ReadEnvironment(string folder)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, "environ"));
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <returns>Those that are still there when the time is over.</returns>
    private static async Task<IReadOnlyList<int>> SignalAsync(
        IReadOnlyList<int> processIds, int signal, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var processId in processIds)
        {
            // It fails for one that has just ended.
            _ = Send(processId, signal);
        }

        using var over = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        var left = new List<int>();
        foreach (var processId in processIds)
        {
            try
            {
                await ChildProcess.WaitForEndAsync(processId, either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                left.Add(processId);
            }
        }

        return left;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int processId, int signal);
}
