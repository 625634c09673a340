using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Conversations;

/// <summary>
/// Checks that entries from notes follow each other as a task's own log would have them: what comes out folds into a task without
/// surprises, whoever wrote it.
/// </summary>
internal sealed class NotedLine
{
    /// <summary>More than any model asks for, less than makes reading a chore.</summary>
    private const int MaxCallsPerTurn = 256;

    private readonly List<TaskEvent> _entries = [];
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private TaskSnapshot _fold;

    public NotedLine(NoteTask about, string baseCommit)
    {
        _fold = TaskSnapshot.Start(new TaskCreated
        {
            Id = about.Id,
            Title = about.Title,
            Prompt = about.Prompt,
            Checkout = string.Empty,
            BaseRef = baseCommit,
            BaseCommit = baseCommit,
            Branch = string.Empty,
            Worktree = string.Empty,
            Settings = new TaskSettings(),
        });
    }

    public IReadOnlyList<TaskEvent> Entries => _entries;

    public int LastStep => _fold.LastStep;

    /// <param name="note">The next one.</param>
    /// <param name="commit">The checkpoint it is on.</param>
    /// <param name="isLast">Also takes what came after the checkpoint; elsewhere that is in the next note.</param>
    /// <exception cref="NoteFormatException">It does not follow what came before.</exception>
    public void Add(Note note, string commit, bool isLast)
    {
        foreach (var entry in note.Entries)
        {
            Add(entry, commit);
        }

        if (_fold.OpenStep is not null || _fold.LastStep != note.Step || _fold.Head != commit)
        {
            throw new NoteFormatException($"its entries do not end with step {note.Step} and its commit");
        }

        foreach (var entry in isLast ? note.Rest : [])
        {
            Add(entry, null);
        }
    }

    /// <param name="entry">The next one.</param>
    /// <param name="commit">The only commit that a step may have here.</param>
    private void Add(TaskEvent entry, string? commit)
    {
        var fits = entry switch
        {
            StepStarted e => _fold.OpenStep is null && e.Step == _fold.LastStep + 1 && _open.Contains(e.CallId),
            StepFinished e => _fold.OpenStep is { } open && open.Step == e.Step && open.CallId == e.CallId
                && (e.Commit is null || e.Commit == commit) && _fold.Head != commit,
            ModelAnswered e => _fold.OpenStep is null && e.Calls.Count <= MaxCallsPerTurn,
            RolledBack e => _fold.OpenStep is null && e.ToStep == _fold.LastStep && e is { KeptRef: null, BaseCommit: null },
            ConversationInherited e => _fold.OpenStep is null && e.Step == _fold.LastStep,
            ContextCompacted e => e.ThroughTurn >= 0 && e.ThroughTurn <= _fold.Conversation.Count,
            ResultsShortened e => e.Results.All(result => _fold.Steps.Exists(step => step.Number == result.Step)),
            _ => true,
        };
        if (!fits)
        {
            throw new NoteFormatException($"its entries do not follow each other after step {_fold.LastStep}");
        }

        switch (entry)
        {
            case StepStarted e:
                entry = e with { AllowedBy = null };
                break;
            case ModelAnswered e:
                _open.Clear();
                _open.UnionWith(e.Calls.Select(call => call.CallId));
                break;
            case StepFinished e:
                _open.Remove(e.CallId);
                break;
            case RolledBack or ConversationInherited:
                _open.Clear();

                // Only what they forget matters; where a branch is, the commits tell.
                entry = entry switch
                {
                    RolledBack e => e with { Head = _fold.Head },
                    ConversationInherited e => e with { Head = _fold.Head },
                    _ => entry,
                };
                break;
        }

        _fold = _fold.Apply(entry);
        _entries.Add(entry);
    }
}
