using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.LanguageServer.Features.Hints;
using Agent.Ide.LanguageServer.Features.Progress;
using Agent.Ide.LanguageServer.Features.Questions;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Sessions;

/// <summary>
/// Follows the tasks for an editor: lenses and hints are brought up to date as they change, and where it has no panel of ours, progress and
/// questions as well. An editor that is slow to answer one thing is told and asked the others all the same.
/// </summary>
public sealed class TaskWatch : IAsyncDisposable
{
    private readonly EditorSession _session;
    private readonly SessionOutbox _changes = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Action<FeedEntry> _listener;
    private readonly TaskQuestions? _questions;
    private readonly CoalescedWork _progress;
    private readonly CoalescedWork _lenses;
    private readonly Task _watching;

    private TaskWatch(EditorSession session, OverlapHints hints)
    {
        _session = session;
        _listener = Add;
        _questions = session.Peer.IsOurs ? null : new TaskQuestions(session, _closing.Token);
        var progress = new TaskProgress(session.Peer);
        _progress = new CoalescedWork(cancellationToken => progress.ShowAsync(session.Services.Tasks.Views, cancellationToken), session.Context.Logger);
        _lenses = new CoalescedWork(session.Peer.RefreshCodeLensesAsync, session.Context.Logger);
        var current = session.Services.Feed.Listen(_listener, fromSeq: null, () => session.Services.Tasks.Views);
        _watching = Task.Run(() => WatchAsync(current, hints));
    }

    public static TaskWatch Begin(EditorSession session, OverlapHints hints) => new(session, hints);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _session.Services.Feed.Unlisten(_listener);
        await _watching;
        await _progress.DisposeAsync();
        await _lenses.DisposeAsync();
        _changes.Dispose();
        _closing.Dispose();
    }

    /// <summary>Steps have no place here, and tasks only one each: an editor that answers nothing for an hour makes nothing grow.</summary>
    private void Add(FeedEntry entry)
    {
        if (entry is TaskChangedEntry)
        {
            _changes.Add(entry);
        }
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
                Show(task);
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
                        Show(task);
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
                    _lenses.Want();
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or JsonRpc.ConnectionClosedException or ObjectDisposedException)
        {
            // The editor left.
        }
    }

    private void Show(AgentTask task)
    {
        _questions?.Look(task);
        if (!_session.Peer.IsOurs)
        {
            _progress.Want();
        }
    }
}
