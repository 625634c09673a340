using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Agent.Ide.Processes;

/// <summary>
/// The one place that starts processes. Whoever holds a <see cref="ChildProcess"/> owns it: disposing it kills the
/// whole tree that still runs, unless it was released. All three standard streams are pipes, so a child never shares a terminal.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>How much of standard error <see cref="RunAsync"/> keeps: enough for a message, not for a flood.</summary>
    public const int MaxErrorBytes = 64 * 1024;

    private static readonly TimeSpan EndPolling = TimeSpan.FromMilliseconds(5);

    private readonly Process _process;
    private bool _released;

    private ChildProcess(Process process)
    {
        _process = process;
        Id = process.Id;
    }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Unbuffered; dispose it to let the child see the end of its input.</summary>
    public Stream StandardInput => _process.StandardInput.BaseStream;

    public Stream StandardOutput => _process.StandardOutput.BaseStream;

    public Stream StandardError => _process.StandardError.BaseStream;

    /// <exception cref="Win32Exception">The program does not exist or may not be run.</exception>
    public static ChildProcess Start(ProcessStart start)
    {
        var info = new ProcessStartInfo(start.FileName)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = start.WorkingDirectory ?? string.Empty,
        };
        foreach (var argument in start.Arguments)
        {
            info.ArgumentList.Add(argument);
        }

        if (start.Environment is not null)
        {
            info.Environment.Clear();
            foreach (var (name, value) in start.Environment)
            {
                info.Environment[name] = value;
            }
        }

        var process = new Process { StartInfo = info };
        try
        {
#pragma warning disable RS0030 // This is the one place the ban points to.
            process.Start();
#pragma warning restore RS0030
        }
        catch
        {
            process.Dispose();
            throw;
        }

        return new ChildProcess(process);
    }

    /// <summary>Runs a process to its end. Cancelling kills its tree.</summary>
    /// <param name="start">What to run.</param>
    /// <param name="input">Written to standard input, which is then closed.</param>
    /// <param name="maxOutputBytes">Bound of standard output.</param>
    /// <param name="cancellationToken">Cancelling it kills the process's tree before this returns.</param>
    /// <exception cref="ProcessOutputTooLargeException">Standard output passed <paramref name="maxOutputBytes"/>.</exception>
    public static async Task<ProcessResult> RunAsync(
        ProcessStart start,
        ReadOnlyMemory<byte> input = default,
        long maxOutputBytes = 256L * 1024 * 1024,
        CancellationToken cancellationToken = default)
    {
        await using var child = Start(start);
        var feeding = child.FeedAsync(input, cancellationToken);
        var error = ReadTailAsync(child.StandardError, cancellationToken);
        using var output = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await child.StandardOutput.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (output.Length + read > maxOutputBytes)
            {
                throw new ProcessOutputTooLargeException($"{start.FileName} wrote more than {maxOutputBytes} bytes.");
            }

            output.Write(buffer, 0, read);
        }

        await feeding;
        var errorText = await error;
        var exitCode = await child.WaitForExitAsync(cancellationToken);
        return new ProcessResult(exitCode, output.ToArray(), errorText);
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Kills the process and everything it started. Does nothing when it has ended.</summary>
    public void KillTree()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }
        }
        catch (InvalidOperationException)
        {
            // It ended between the question and the signal.
        }
        catch (Win32Exception)
        {
            // The system refuses to signal a process that is already being torn down.
        }
    }

    /// <summary>Kills one process by its id, as an owner who learnt it from a child. Does nothing when it has ended.</summary>
    public static void Kill(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // There is no such process any more.
        }
        catch (InvalidOperationException)
        {
            // It ended between the question and the signal.
        }
        catch (Win32Exception)
        {
            // The system refuses to signal a process that is already being torn down.
        }
    }

    /// <summary>Waits until a process that is not a child of this one has ended. One that nobody has reaped yet has ended, too.</summary>
    public static async Task WaitForEndAsync(int processId, CancellationToken cancellationToken)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            while (!process.HasExited && !IsUnreaped(processId))
            {
                // The system tells the end of a process to its parent alone.
                await Task.Delay(EndPolling, cancellationToken);
            }
        }
        catch (ArgumentException)
        {
            // There is no such process any more.
        }
    }

    /// <summary>
    /// Gives up ownership: the process may outlive this object and this process. Its three streams are closed at this end, so
    /// it must have redirected its own by now, or its next write fails. For programs that make themselves a session leader
    /// and report over other ways; everything else is disposed by who started it.
    /// </summary>
    public void Release()
    {
        _released = true;
        StandardInput.Dispose();
        StandardOutput.Dispose();
        StandardError.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_released && !_process.HasExited)
        {
            KillTree();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private async Task FeedAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await using var stdin = StandardInput;
            await stdin.WriteAsync(input, cancellationToken);
        }
        catch (IOException)
        {
            // The child closed its input early; its exit code and standard error say why.
        }
    }

    private static async Task<string> ReadTailAsync(Stream stream, CancellationToken cancellationToken)
    {
        var tail = new byte[MaxErrorBytes];
        var length = 0;
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            var overflow = length + read - tail.Length;
            if (overflow > 0)
            {
                Buffer.BlockCopy(tail, overflow, tail, 0, length - overflow);
                length -= overflow;
            }

            Buffer.BlockCopy(buffer, 0, tail, length, read);
            length += read;
        }

        return Encoding.UTF8.GetString(tail, 0, length);
    }

    /// <summary>
    /// A container's first process may never reap what it inherits: such a process stays listed, with state Z. So does one whose first
    /// thread has ended before the others: these still have its folder and files open, so it counts by its threads (num_threads, proc(5)).
    /// </summary>
    private static bool IsUnreaped(int processId)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            const int State = 0;
            const int Threads = 17;
            var status = File.ReadAllText($"/proc/{processId}/stat");
            var fields = status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields[State] is "Z" or "X" && fields[Threads] is "0" or "1";
        }
        catch (IOException)
        {
            // Gone meanwhile: the next question to the system says so.
            return false;
        }
    }
}
