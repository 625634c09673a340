using System.Runtime.InteropServices;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>
/// Cuts a process loose from the terminal and from the pipes of whoever started it, so that closing either ends nothing
/// that runs. On Windows there is nothing to cut.
/// </summary>
public static partial class SessionLeader
{
    private const int WriteOnlyAppendCreate = 0x1 | 0x400 | 0x40; // O_WRONLY | O_APPEND | O_CREAT on Linux
    private const int ReadOnly = 0;
    private const int OwnerReadWrite = 0b110_000_000;

    /// <summary>Makes this process the leader of a session of its own. It fails, harmlessly, for one that is already.</summary>
    public static void Detach()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SetSid();
        }
    }

    /// <summary>Standard input from nowhere, standard output and error to the end of a file.</summary>
    public static void RedirectStreams(string logFile)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Replace(Open("/dev/null", ReadOnly, 0), 0);
        var log = Open(logFile, WriteOnlyAppendCreate, OwnerReadWrite);
        if (log < 0)
        {
            log = Open("/dev/null", WriteOnlyAppendCreate, 0);
        }

        _ = Dup2(log, 1);
        Replace(log, 2);
    }

    private static void Replace(int descriptor, int with)
    {
        if (descriptor < 0)
        {
            return;
        }

        _ = Dup2(descriptor, with);
        if (descriptor > 2)
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int SetSid();

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Dup2(int from, int to);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
