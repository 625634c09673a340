using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol.Lsp;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.LanguageServer.Features.Hints;

/// <summary>
/// Tells at the lines themselves where the user's uncommitted or unsaved work and a task would not go together. Looked at again whenever
/// something that matters has changed; while it looks, further changes lead to one more look.
/// </summary>
public sealed class OverlapHints : IAsyncDisposable
{
    private const string Source = "agent-ide";

    /// <summary>Who types goes on typing: a look takes several runs of git.</summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromMilliseconds(500);

    private readonly EditorSession _session;
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _looking;
    private readonly Timer _settled;
    private HashSet<string> _published = new(StringComparer.Ordinal);

    public OverlapHints(EditorSession session)
    {
        _session = session;
        _settled = new Timer(_ => Refresh());
        _looking = Task.Run(LookAgainAndAgainAsync);
    }

    public void Refresh()
    {
        try
        {
            _wanted.Release();
        }
        catch (SemaphoreFullException)
        {
            // A look is due already, and it will see this change as well.
        }
    }

    /// <summary>Looks again once nothing more was changed for a moment.</summary>
    public void RefreshOnceSettled() => _settled.Change(s_settling, Timeout.InfiniteTimeSpan);

    public async ValueTask DisposeAsync()
    {
        await _settled.DisposeAsync();
        await _closing.CancelAsync();
        await _looking;
        _closing.Dispose();
        _wanted.Dispose();
    }

    private async Task LookAgainAndAgainAsync()
    {
        try
        {
            while (true)
            {
                await _wanted.WaitAsync(_closing.Token);
                await LookAsync(_closing.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or JsonRpc.ConnectionClosedException or ObjectDisposedException)
        {
            // The editor left.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var byPath = new Dictionary<string, List<Diagnostic>>(StringComparer.Ordinal);
        try
        {
            var conflicts = await _session.Services.Review.ConflictsAsync(_session.Context.Client.Checkout, cancellationToken);
            foreach (var pair in conflicts.Pairs)
            {
                var task = pair.Right == "user" ? pair.Left : pair.Left == "user" ? pair.Right : null;
                if (task is null)
                {
                    continue;
                }

                var title = _session.Services.Tasks.View(task).Title;
                foreach (var file in pair.Files)
                {
                    Add(byPath, file.Path, title, [.. file.Ranges.Select(static range => TextRange.OfLines(range.Start, range.End))]);
                }
            }
        }
        catch (Exception e) when (e is Git.GitException or Coordinator.Tasks.RequestFailedException)
        {
            // Hints are a service: what stands in their way is told by whatever the user does next.
            _session.Context.Logger.LogInformation("No conflict hints for now: {Reason}", e.Message);
            return;
        }

        foreach (var path in _published.Where(path => !byPath.ContainsKey(path)))
        {
            await _session.Peer.PublishAsync(new PublishDiagnosticsParams(_session.Paths.UriOf(path), []), cancellationToken);
        }

        foreach (var (path, diagnostics) in byPath)
        {
            await _session.Peer.PublishAsync(new PublishDiagnosticsParams(_session.Paths.UriOf(path), diagnostics), cancellationToken);
        }

        _published = [.. byPath.Keys];
    }

    private static void Add(Dictionary<string, List<Diagnostic>> byPath, string path, string title, IReadOnlyList<TextRange> ranges)
    {
        if (!byPath.TryGetValue(path, out var diagnostics))
        {
            byPath[path] = diagnostics = [];
        }

        foreach (var range in ranges.Count > 0 ? ranges : [TextRange.OfLines(1, 1)])
        {
            diagnostics.Add(new Diagnostic(range, $"The agent task “{title}” changes these lines, too.", Diagnostic.Information, Source));
        }
    }
}
