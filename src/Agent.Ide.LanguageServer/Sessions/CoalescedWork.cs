using Agent.Ide.JsonRpc;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.LanguageServer.Sessions;

/// <summary>
/// Work for an editor that is wanted again and again, and done beside everything else: while it is done, however many wishes lead to one
/// more time. A time that fails is logged, and the next wish tries again.
/// </summary>
internal sealed class CoalescedWork : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task> _work;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Timer _settled;
    private readonly Task _working;

    public CoalescedWork(Func<CancellationToken, Task> work, ILogger logger)
    {
        _work = work;
        _logger = logger;
        _settled = new Timer(_ => Want());
        _working = Task.Run(WorkAsync);
    }

    public void Want()
    {
        try
        {
            _wanted.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is due already, and will see this change as well.
        }
    }

    /// <summary>Wants it once nobody has for this long.</summary>
    public void WantAfter(TimeSpan quiet) => _settled.Change(quiet, Timeout.InfiniteTimeSpan);

    public async ValueTask DisposeAsync()
    {
        await _settled.DisposeAsync();
        await _closing.CancelAsync();
        await _working;
        _closing.Dispose();
        _wanted.Dispose();
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            try
            {
                await _wanted.WaitAsync(_closing.Token);
                await _work(_closing.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ConnectionClosedException or ObjectDisposedException)
            {
                return; // The editor left.
            }
            catch (Exception e)
            {
                _logger.LogError(e, "Bringing an editor up to date failed.");
            }
        }
    }
}
