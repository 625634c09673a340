using System.Collections.Immutable;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Conversations;

/// <summary>
/// The part of a task's log that another task could go on with: what was said, asked for and answered, on the current line of
/// history. States, approvals, settings and whatever else belongs to one task on one machine are not in it, nor is what a roll
/// back undid; a step is in it once it is finished.
/// </summary>
public sealed class ConversationLine
{
    private readonly List<TaskEvent> _entries = [];
    private StepStarted? _open;

    /// <summary>In the order in which a fold takes them; a roll back is the marker it leaves behind what stayed.</summary>
    public IReadOnlyList<TaskEvent> Entries => _entries;

    public static ConversationLine Of(IEnumerable<TaskEvent> log)
    {
        var line = new ConversationLine();
        foreach (var entry in log)
        {
            line.Add(entry);
        }

        return line;
    }

    /// <summary>The entries through a step, as the line was when that step had just ended; the newest such step where it was undone and made again.</summary>
    /// <returns>Null when there was never such a step.</returns>
    public static ImmutableArray<TaskEvent>? Through(IEnumerable<TaskEvent> log, Func<StepFinished, bool> step)
    {
        var line = new ConversationLine();
        ImmutableArray<TaskEvent>? found = null;
        foreach (var entry in log)
        {
            line.Add(entry);
            if (entry is StepFinished finished && step(finished))
            {
                found = [.. line._entries];
            }
        }

        return found;
    }

    /// <summary>True for the kinds of entries that make up a conversation.</summary>
    public static bool Holds(TaskEvent entry) => entry is MessageAdded or ModelAnswered or AnswerRejected or StepStarted or StepFinished
        or PlanUpdated or ResultsShortened or ContextCompacted or RolledBack or ConversationInherited;

    /// <summary>Takes the next entry of the log.</summary>
    public void Add(TaskEvent entry)
    {
        switch (entry)
        {
            case StepStarted started:
                _open = started with { AllowedBy = null }; // Whose approval it ran by concerns nobody who goes on from it.
                break;
            case StepFinished finished:
                if (_open is { } open && open.Step == finished.Step)
                {
                    _entries.Add(open);
                }

                _open = null;
                _entries.Add(finished);
                break;
            case RolledBack back:
                _open = null;
                CutAfter(back.ToStep);
                _entries.Add(back with { KeptRef = null, BaseCommit = null }); // Refs and bases are a task's own.
                break;
            case var other when Holds(other):
                _entries.Add(other);
                break;
        }
    }

    /// <summary>Drops the first entries, for who has put them elsewhere. A roll back to before them needs the whole log again.</summary>
    public void Forget(int count) => _entries.RemoveRange(0, count);

    private void CutAfter(int step)
    {
        var last = step == 0 ? -1 : _entries.FindLastIndex(entry => entry is StepFinished finished && finished.Step == step);
        _entries.RemoveRange(last + 1, _entries.Count - last - 1);
    }
}
