using System.Runtime.InteropServices;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Hosting;

/// <summary>The process's own signals. The process ends by itself some moments after the second, whatever still runs.</summary>
internal sealed class SignalInterrupts : IInterrupts, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private int _count;

    public SignalInterrupts()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    public CancellationToken First => _first.Token;

    public CancellationToken Second => _second.Token;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        switch (Interlocked.Increment(ref _count))
        {
            case 1:
                _first.Cancel();
                break;
            case 2:
                _second.Cancel();
                _ = LeaveAsync();
                break;
            default:
                Environment.Exit(ExitCodes.Interrupted);
                break;
        }
    }

    private static async Task LeaveAsync()
    {
        await Task.Delay(Patience);
        Environment.Exit(ExitCodes.Interrupted);
    }
}
