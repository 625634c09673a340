using System.Security.Cryptography;
using System.Text;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;

namespace Agent.Ide.Coordinator.Conversations;

/// <summary>A conversation as the notes of a branch tell it.</summary>
/// <param name="About">The task it began with. Only its title and prompt are used.</param>
/// <param name="BaseCommit">Full hash of the commit below the first checkpoint.</param>
/// <param name="LastStep">The last step in it; steps without a commit may follow the checkpoint's.</param>
/// <param name="Entries">In order, validated.</param>
/// <param name="Artifacts">Texts that results refer to, those whose reference is theirs.</param>
internal sealed record NotedConversation(NoteTask About, string BaseCommit, int LastStep, IReadOnlyList<TaskEvent> Entries, IReadOnlyCollection<string> Artifacts);

/// <summary>
/// Puts a conversation together from the notes along a branch's first parents, in a clone that has nothing else. Whoever wrote the
/// notes is not trusted: what is taken over is what was said, never a permission, a setting or a state.
/// </summary>
internal sealed class NotedConversations
{
    private const string Fetch = "git fetch origin 'refs/notes/agent-ide/*:refs/notes/agent-ide/*'";
    private const int MaxCheckpoints = 5000;
    private const long MaxTotalBytes = 64 * 1024 * 1024;
    private const int ReferenceLength = 16;

    private readonly GitStore _store;
    private readonly GitNotes _notes;

    public NotedConversations(GitStore store)
    {
        _store = store;
        _notes = new GitNotes(store);
    }

    /// <exception cref="RequestFailedException">Notes are missing, damaged, or of another version.</exception>
    public async Task<NotedConversation> ReadAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var chain = await ReadChainAsync(checkpoint, cancellationToken);
        var (first, baseCommit) = (chain[0].Note, chain[0].Parent);
        var line = new NotedLine(first.About!, baseCommit);
        foreach (var (commit, _, note) in chain)
        {
            Guarded(checkpoint, commit, () => line.Add(note, commit, isLast: commit == checkpoint.StepCommit));
        }

        return new NotedConversation(first.About!, baseCommit, line.LastStep, line.Entries, ArtifactsOf(chain.Select(link => link.Note), line.Entries));
    }

    /// <summary>From the first checkpoint to the one asked for.</summary>
    private async Task<List<(string Commit, string Parent, Note Note)>> ReadChainAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var reference = TaskRefs.Notes(checkpoint.Task);
        var chain = new List<(string, string, Note)>();
        long bytes = 0;
        for (var hash = checkpoint.StepCommit; ;)
        {
            var commit = await _store.ReadCommitAsync(hash, cancellationToken);
            if (commit is null || commit.Parents.Count == 0 || commit.Trailer(CheckpointTrailers.Task) is null)
            {
                throw Missing(checkpoint, $"the conversation begins below {hash[..12]}, which is no checkpoint of this repository");
            }

            if (!Checkpoint.IsBetweenSteps(commit))
            {
                var content = await ReadNoteAsync(checkpoint, reference, hash, cancellationToken);
                bytes += content.Length;
                if (bytes > MaxTotalBytes || chain.Count == MaxCheckpoints)
                {
                    throw new RequestFailedException(
                        "notesTooLarge", $"The conversation of task {checkpoint.Task} is too long to be taken over.", "Begin a task of its own on that branch: agent-ide run --base.", ExitCodes.Failed);
                }

                var note = Guarded(checkpoint, hash, () => NoteReader.Parse(content));
                if (note.Step != commit.Step)
                {
                    throw Damaged(checkpoint, hash, new NoteFormatException($"it is about step {note.Step}, the commit is step {commit.Step}"));
                }

                chain.Add((hash, commit.Parents[0], note));
                if (note.About is not null)
                {
                    chain.Reverse();
                    return chain;
                }
            }

            hash = commit.Parents[0];
        }
    }

    private async Task<byte[]> ReadNoteAsync(Checkpoint checkpoint, string reference, string commit, CancellationToken cancellationToken)
    {
        try
        {
            return await _notes.ReadAsync(reference, commit, NoteFormat.MaxNoteBytes, cancellationToken)
                ?? throw Missing(checkpoint, $"{commit[..12]} has no note in {reference}");
        }
        catch (GitException e) when (e.Problem == GitProblem.TooLarge)
        {
            throw Damaged(checkpoint, commit, new NoteFormatException("it is larger than any note of a conversation", e));
        }
    }

    /// <summary>A reference is the beginning of its text's hash, so a text cannot pass for another one.</summary>
    private static List<string> ArtifactsOf(IEnumerable<Note> notes, IReadOnlyList<TaskEvent> entries)
    {
        var texts = notes.SelectMany(note => note.Artifacts).Where(artifact => ReferenceOf(artifact.Value) == artifact.Key).Select(artifact => artifact.Value);

        // A result that was shortened later stands whole in the entry of its step.
        var contents = entries.OfType<StepFinished>().ToLookup(step => step.Step, step => step.Content);
        var shortened = entries.OfType<ResultsShortened>().SelectMany(entry => entry.Results)
            .SelectMany(result => contents[result.Step].Where(content => ReferenceOf(content) == result.ContentRef));
        return [.. texts.Concat(shortened).Distinct(StringComparer.Ordinal)];
    }

    private static string ReferenceOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..ReferenceLength];

    private static void Guarded(Checkpoint checkpoint, string commit, Action action) => Guarded(checkpoint, commit, () =>
    {
        action();
        return true;
    });

    private static T Guarded<T>(Checkpoint checkpoint, string commit, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (NoteFormatException e)
        {
            throw Damaged(checkpoint, commit, e);
        }
    }

    private static RequestFailedException Missing(Checkpoint checkpoint, string what) => new(
        "notesMissing",
        $"The conversation of task {checkpoint.Task} is not here: {what}.",
        $"Fetch it where the task ran or was pushed to: {Fetch}",
        ExitCodes.Failed);

    private static RequestFailedException Damaged(Checkpoint checkpoint, string commit, NoteFormatException e) => e.IsVersion
        ? new RequestFailedException("notesVersion", $"The note on {commit[..12]} of task {checkpoint.Task} cannot be read: {e.Message}.", "Use the agent-ide that wrote it, or a newer one.", ExitCodes.Failed, e)
        : new RequestFailedException(
            "notesDamaged",
            $"The note on {commit[..12]} of task {checkpoint.Task} cannot be used, and nothing was taken from it: {e.Message}.",
            $"Fetch the notes again ({Fetch}), or resume from an earlier checkpoint.",
            ExitCodes.Failed,
            e);
}
