using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Secrets;

/// <summary>Keeps the memory of a process that holds keys to itself: no core dump, and no look into it by the user's other processes.</summary>
public static partial class ProcessSecrecy
{
    private const int SetDumpable = 4; // PR_SET_DUMPABLE of linux/prctl.h
    private const int CoreLimit = 4; // RLIMIT_CORE of Linux

    /// <summary>
    /// On Linux. What this process starts gets its memory readable again by its own <c>exec</c>, but inherits that there are no core
    /// dumps. Root can still look.
    /// </summary>
    /// <returns>False where the system refused some of it.</returns>
    public static bool Apply()
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        var none = default(Limit);
        var limited = SetLimit(CoreLimit, ref none) == 0;
        return ProcessControl(SetDumpable, 0, 0, 0, 0) == 0 && limited;
    }

    /// <summary>Writes what nobody caught to the log, without secrets, and ends the process: the runtime's own words would repeat them.</summary>
    public static void GuardCrashes(ILogger logger)
    {
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            logger.LogCritical(e.ExceptionObject as Exception, "The coordinator crashed; tasks go on from their last stored step.");
            Environment.Exit(134);
        };
        TaskScheduler.UnobservedTaskException += (_, e) =>
        {
            logger.LogError(e.Exception, "Something failed that nobody waited for.");
            e.SetObserved();
        };
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint value, nuint unused1, nuint unused2, nuint unused3);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, ref Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public nuint Soft;
        public nuint Hard;
    }
}
