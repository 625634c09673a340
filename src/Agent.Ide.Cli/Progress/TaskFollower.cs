using Agent.Ide.Cli.Output;
using Agent.Ide.Client;
using Agent.Ide.Client.Board;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Progress;

/// <summary>How following ended.</summary>
internal enum FollowEnd
{
    /// <summary>Each task came to where the command wanted it.</summary>
    Reached,

    /// <summary>A task waits for a person, and there is none here.</summary>
    NeedsPerson,
}

/// <summary>Follows tasks to their end: shows what happens, and asks the person at the terminal where there is one.</summary>
internal sealed class TaskFollower(AgentClient client, IProgressView view, VerbOutput output)
{
    private readonly HashSet<string> _notices = new(StringComparer.Ordinal);

    /// <summary>What was shown, which is what counts: the board may be ahead of it.</summary>
    private readonly Dictionary<string, TaskChange> _shown = new(StringComparer.Ordinal);

    /// <summary>Ids to follow; null: all.</summary>
    public IReadOnlySet<string>? Ids { get; init; }

    /// <summary>Whether a task is where the command wanted it.</summary>
    public required Func<AgentTask, bool> IsReached { get; init; }

    /// <summary>Null where nobody can be asked.</summary>
    public TerminalDialog? Dialog { get; init; }

    /// <summary>Give up on a task that asks a person, instead of waiting for an answer from elsewhere.</summary>
    public bool StopsAtQuestions { get; init; }

    public bool ShowsSteps { get; init; } = true;

    public bool ShowsNotices { get; init; } = true;

    /// <exception cref="AgentRequestException">The coordinator is lost for good.</exception>
    public async Task<FollowEnd> RunAsync(CancellationToken cancellationToken)
    {
        var more = client.Changes.WaitToReadAsync(cancellationToken).AsTask();
        while (true)
        {
            if (Dialog?.Typed is { } typed)
            {
                await Task.WhenAny(more, typed);
                if (typed.IsCompleted)
                {
                    await Dialog.HandleTypedAsync(cancellationToken);
                    if (await ConsiderAsync() is { } answered)
                    {
                        return answered;
                    }

                    continue;
                }
            }

            if (!await more)
            {
                return FollowEnd.Reached;
            }

            while (client.Changes.TryRead(out var change))
            {
                await ShowAsync(change);
            }

            if (await ConsiderAsync() is { } end)
            {
                return end;
            }

            more = client.Changes.WaitToReadAsync(cancellationToken).AsTask();
        }
    }

    private async Task ShowAsync(BoardChange change)
    {
        if (ShowsNotices && change is TaskChange { Task: var task } && IsFollowed(task.Id))
        {
            var news = task.Notices.Where(_notices.Add).ToList();
            if (news.Count > 0)
            {
                await view.SuspendAsync();
                news.ForEach(notice => output.NoteOnce(TerminalText.Line(notice)));
                await view.ResumeAsync();
            }
        }

        var shown = change switch
        {
            TaskChange changed => IsFollowed(changed.Task.Id) && Remember(changed),
            StepChange step => ShowsSteps && IsFollowed(step.Id),
            _ => true,
        };
        if (shown)
        {
            await view.ShowAsync(change);
        }
    }

    private async Task<FollowEnd?> ConsiderAsync()
    {
        var tasks = _shown.Values.Select(change => change.Task).ToList();
        if (Dialog is not null)
        {
            await Dialog.ConsiderAsync(tasks, view);
        }

        if (tasks.Count >= (Ids?.Count ?? 0) && tasks.All(IsReached))
        {
            return FollowEnd.Reached;
        }

        return StopsAtQuestions && tasks.Any(task => task.State == TaskStates.WaitingForUser) ? FollowEnd.NeedsPerson : null;
    }

    /// <returns>False for a snapshot that a newer one has overtaken.</returns>
    private bool Remember(TaskChange change)
    {
        if (_shown.TryGetValue(change.Task.Id, out var known) && known.Seq > change.Seq)
        {
            return false;
        }

        _shown[change.Task.Id] = change;
        return true;
    }

    private bool IsFollowed(string id) => Ids is null || Ids.Contains(id);
}
