using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol.Lsp;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.LanguageServer.Features.Hints;

/// <summary>
/// Tells at the lines themselves where the user's uncommitted or unsaved work and a task would not go together. Looked at again whenever
/// something that matters has changed.
/// </summary>
public sealed class OverlapHints : IAsyncDisposable
{
    private const string Source = "agent-ide";

    /// <summary>Who types goes on typing: a look takes several runs of git.</summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromMilliseconds(500);

    private readonly EditorSession _session;
    private readonly CoalescedWork _looking;
    private HashSet<string> _published = new(StringComparer.Ordinal);

    public OverlapHints(EditorSession session)
    {
        _session = session;
        _looking = new CoalescedWork(LookAsync, session.Context.Logger);
    }

    public void Refresh() => _looking.Want();

    /// <summary>Looks again once nothing more was changed for a moment.</summary>
    public void RefreshOnceSettled() => _looking.WantAfter(s_settling);

    public ValueTask DisposeAsync() => _looking.DisposeAsync();

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
