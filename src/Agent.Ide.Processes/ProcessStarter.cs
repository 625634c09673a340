namespace Agent.Ide.Processes;

/// <summary>
/// Starts processes from one thread that lives as long as this process. Linux ties "die with your parent"
/// (<c>PR_SET_PDEATHSIG</c>) to the thread that started the child: from a pool thread, the child would be killed as soon as
/// the pool retires it.
/// </summary>
public sealed class ProcessStarter
{
    private const int StackBytes = 256 * 1024;

    private readonly Queue<(ProcessStart Start, TaskCompletionSource<ChildProcess> Started)> _waiting = new();
    private Thread? _thread;

    /// <exception cref="System.ComponentModel.Win32Exception">The program does not exist or may not be run.</exception>
    public Task<ChildProcess> StartAsync(ProcessStart start)
    {
        var started = new TaskCompletionSource<ChildProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            if (_thread is null)
            {
                _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "process starter" };
                _thread.Start();
            }

            _waiting.Enqueue((start, started));
            Monitor.Pulse(_waiting);
        }

        return started.Task;
    }

    private void Run()
    {
        while (true)
        {
            (ProcessStart Start, TaskCompletionSource<ChildProcess> Started) next;
            lock (_waiting)
            {
                while (!_waiting.TryDequeue(out next))
                {
                    Monitor.Wait(_waiting);
                }
            }

            try
            {
                next.Started.SetResult(ChildProcess.Start(next.Start));
            }
            catch (Exception exception)
            {
                // Whoever asked gets it; this thread has to outlive every failure.
                next.Started.SetException(exception);
            }
        }
    }
}
