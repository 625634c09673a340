using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Conversations;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Conversations;

/// <summary>
/// Makes a task's notes say what its log says: one for each checkpoint on the current line of history that has none. The log is
/// the truth, so the same catching up serves a step that has just been made, notes that a crash lost, a task of an earlier
/// version, and the conversation that a task took over.
/// </summary>
/// <remarks>A note that could not be written fails no task: it is written the next time.</remarks>
public sealed class ConversationRecorder : IDisposable
{
    private readonly TaskLog _log;
    private readonly GitNotes _notes;
    private readonly NoteWriter _writer;
    private readonly ILogger _logger;
    private readonly string _reference;
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>The entries after the last checkpoint that has its note; null: to be read from the log again.</summary>
    private ConversationLine? _line;
    private HashSet<string>? _noted;
    private long _read;

    /// <summary>The last checkpoint on the line that has its note; null where there is none.</summary>
    private string? _last;

    /// <summary>The commit whose note also has what came after it; null: none, or not known yet.</summary>
    private string? _restOn;

    /// <summary>False until the notes that an earlier recorder wrote were looked at.</summary>
    private bool _restKnown;

    internal ConversationRecorder(TaskLog log, GitNotes notes, IArtifacts artifacts, ILogger logger)
    {
        _log = log;
        _notes = notes;
        _writer = new NoteWriter(artifacts);
        _logger = logger;
        _reference = TaskRefs.Notes(log.Snapshot.Id);
    }

    /// <summary>Writes the notes that are missing.</summary>
    /// <param name="atRest">
    /// Also what came after the last checkpoint, on that one's note (on the base's where there is no checkpoint): nothing of the
    /// conversation is then in the log alone.
    /// </param>
    /// <param name="cancellationToken">What is not written then is written the next time.</param>
    public async Task CatchUpAsync(bool atRest, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await WriteMissingAsync(atRest, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it is, the log has it all; a note is a copy for others.
            _logger.LogWarning(e, "The notes of task {Task} could not be written; they are when it is continued.", _log.Snapshot.Id);
            _line = null;
            _noted = null;
            _restKnown = false;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task WriteMissingAsync(bool atRest, CancellationToken cancellationToken)
    {
        var task = _log.Snapshot;
        if (task.Worktree is null)
        {
            return;
        }

        Read();
        _noted ??= [.. await _notes.ListAsync(_reference, cancellationToken)];
        var written = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var previous = _last;
        var done = 0;
        for (var index = 0; index < _line!.Entries.Count; index++)
        {
            if (_line.Entries[index] is not StepFinished { Commit: { } commit } finished)
            {
                continue;
            }

            if (!_noted.Contains(commit))
            {
                var entries = _line.Entries.Skip(done).Take(index + 1 - done).ToList();
                written[commit] = await _writer.WriteAsync(task.Id, finished.Step, previous is null ? NoteTask.Of(task) : null, entries, cancellationToken);
                await TakeRestAwayAsync(previous ?? task.StartCommit, written, cancellationToken);
            }

            previous = commit;
            done = index + 1;
        }

        var newRest = atRest ? await AddRestAsync(task, previous, [.. _line.Entries.Skip(done)], written, cancellationToken) : null;
        if (written.Count > 0)
        {
            await _notes.WriteAsync(_reference, written, Subject(task, written.Count), cancellationToken);
        }

        _noted.UnionWith(written.Keys);
        _restOn = newRest ?? (_restOn is { } on && written.ContainsKey(on) ? null : _restOn);
        _restKnown |= written.Count > 0;
        _last = previous;
        _line.Forget(done);
    }

    private static string Subject(TaskSnapshot task, int count) => $"Conversation of {task.Id}, {count} {(count == 1 ? "note" : "notes")}";

    /// <summary>Takes in what the log has by now. A roll back may lead to before what is remembered: then the whole log is read again.</summary>
    private void Read()
    {
        var entries = _log.ReadAfter(_line is null ? 0 : _read);
        if (_line is not null && entries.Any(entry => entry is RolledBack))
        {
            entries = _log.ReadAfter(0);
            _line = null;
        }

        if (_line is null)
        {
            _line = new ConversationLine();
            _last = null;
            _read = 0;
        }

        foreach (var entry in entries)
        {
            _line.Add(entry);
        }

        _read += entries.Count;
    }

    /// <summary>What came after a checkpoint belongs to the next one, once there is a next one.</summary>
    private async Task TakeRestAwayAsync(string commit, Dictionary<string, byte[]> written, CancellationToken cancellationToken)
    {
        if (written.ContainsKey(commit) || !_noted!.Contains(commit) || (_restKnown && _restOn != commit))
        {
            return;
        }

        var note = await _notes.ReadAsync(_reference, commit, NoteFormat.MaxNoteBytes, cancellationToken) ?? [];
        if (NoteWriter.WithoutRest(note) is var body && body.Length < note.Length)
        {
            written[commit] = body.ToArray();
        }
    }

    /// <returns>The commit on whose note it is; null when there is nothing to add.</returns>
    private async Task<string?> AddRestAsync(
        TaskSnapshot task, string? last, IReadOnlyList<TaskEvent> rest, Dictionary<string, byte[]> written, CancellationToken cancellationToken)
    {
        var commit = last ?? task.StartCommit;
        if (rest.Count == 0 && commit != _restOn)
        {
            return null;
        }

        if (last is null)
        {
            written[commit] = await _writer.WriteAsync(task.Id, 0, NoteTask.Of(task), [], cancellationToken);
        }

        var note = written.GetValueOrDefault(commit)
            ?? await _notes.ReadAsync(_reference, commit, NoteFormat.MaxNoteBytes, cancellationToken)
            ?? throw new InvalidOperationException($"The note on {commit} went away.");
        written[commit] = await _writer.WithRestAsync(note, rest, cancellationToken);
        return commit;
    }
}
