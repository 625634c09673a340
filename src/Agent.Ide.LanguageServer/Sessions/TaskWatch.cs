using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.LanguageServer.Features.Hints;
using Agent.Ide.LanguageServer.Features.Progress;
using Agent.Ide.LanguageServer.Features.Questions;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Sessions;

/// <summary>
/// Follows the tasks for an editor: lenses and hints are brought up to date as they change, and where it has no panel of ours, progress and
/// questions as well.
/// </summary>
public sealed class TaskWatch : IAsyncDisposable
{
    private readonly EditorSession _session;
    private readonly SessionOutbox _changes = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Action<FeedEntry> _listener;
    private readonly TaskProgress? _progress;
    private readonly TaskQuestions? _questions;
    private readonly Task _watching;

    private TaskWatch(EditorSession session, OverlapHints hints)
    {
        _session = session;
        _listener = _changes.Add;
        _progress = session.Peer.IsOurs ? null : new TaskProgress(session.Peer);
        _questions = session.Peer.IsOurs ? null : new TaskQuestions(session, _closing.Token);
        var current = session.Services.Feed.Listen(_listener, fromSeq: null, () => session.Services.Tasks.Views);
        _watching = Task.Run(() => WatchAsync(current, hints));
    }

    public static TaskWatch Begin(EditorSession session, OverlapHints hints) => new(session, hints);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _session.Services.Feed.Unlisten(_listener);
        await _watching;
        _changes.Dispose();
        _closing.Dispose();
    }

    private async Task WatchAsync(IReadOnlyList<AgentTask> current, OverlapHints hints)
    {
        var heads = new Dictionary<string, (string State, string Head)>(StringComparer.Ordinal);
        try
        {
            // Who wants no messages is to get none at the start either.
            await _session.Configuration.ReadyAsync(_closing.Token);
            foreach (var task in current)
            {
                heads[task.Id] = (task.State, task.Head);
                await ShowAsync(task);
            }

            // Not in the way of an editor that is just starting.
            hints.RefreshOnceSettled();
            while (!_changes.Overflowed)
            {
                var (moved, came) = (false, false);
                foreach (var entry in await _changes.TakeAsync(_closing.Token))
                {
                    if (entry is TaskChangedEntry { Task: var task })
                    {
                        var isKnown = heads.TryGetValue(task.Id, out var before);
                        came |= isKnown && before.State != task.State;
                        moved |= !isKnown || before.Head != task.Head;
                        heads[task.Id] = (task.State, task.Head);
                        await ShowAsync(task);
                    }
                }

                if (came)
                {
                    hints.Refresh();
                }
                else if (moved)
                {
                    // A task at work goes on moving, and a look costs more than a step.
                    hints.RefreshOnceSettled();
                }

                if (came || moved)
                {
                    await _session.Peer.RefreshCodeLensesAsync(_closing.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or JsonRpc.ConnectionClosedException or ObjectDisposedException)
        {
            // The editor left.
        }
    }

    private async Task ShowAsync(AgentTask task)
    {
        await (_progress?.ShowAsync(task, _closing.Token) ?? Task.CompletedTask);
        _questions?.Look(task);
    }
}
