using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using DiffHunk = Agent.Ide.Git.DiffHunk;
using FileDiff = Agent.Ide.Git.FileDiff;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>Part of a task's changes, as a person chose it and as the diff of base and head has it.</summary>
/// <param name="Files">Paths that land whole, both of a renamed file.</param>
/// <param name="Hunks">Files of which only some hunks land.</param>
public sealed record TaskPart(IReadOnlyList<string> Files, IReadOnlyList<FileHunks> Hunks)
{
    /// <summary>Everything of which something lands.</summary>
    public IReadOnlyList<string> Paths => [.. Files, .. Hunks.Select(file => file.Path)];
}

/// <summary>Which changes of a task a person means who accepts some of them, and what the others count from afterwards.</summary>
internal sealed class TaskParts
{
    private const int ShownFiles = 5;

    private readonly GitRepository _repository;
    private readonly Diffs _diffs;
    private readonly AdvancedBase _bases;

    public TaskParts(GitStore store)
    {
        _repository = store.Repository;
        _diffs = new Diffs(store.Repository);
        _bases = new AdvancedBase(store.Repository);
    }

    /// <param name="task">Whose changes are chosen from.</param>
    /// <param name="names">Files as diffs name them; either name of a renamed file stands for both.</param>
    /// <param name="hunks">Hunks of other files.</param>
    /// <param name="cancellationToken">Kills what runs.</param>
    /// <exception cref="RequestFailedException">
    /// None is named, or one that the task does not have, or one that cannot land without others; nothing was changed.
    /// </exception>
    public async Task<TaskPart> ChooseAsync(
        TaskSnapshot task, IReadOnlyList<string> names, IReadOnlyList<HunkChoice> hunks, CancellationToken cancellationToken)
    {
        var files = (await _diffs.CompareAsync(task.BaseCommit, task.Head, cancellationToken)).Files;
        if (names.Count == 0 && hunks.Count == 0)
        {
            throw new RequestFailedException(
                "noFiles", $"No file of task {task.Id} was chosen, so nothing was accepted.", $"Choose at least one. {Offer(files)}", ExitCodes.Usage);
        }

        // A path can be two files of a diff: an old name, and a new file that took its place.
        var whole = names.SelectMany(name => Find(task, files, name)).ToList();
        var some = new List<FileHunks>();
        foreach (var choices in hunks.GroupBy(choice => choice.Path, StringComparer.Ordinal))
        {
            var found = Find(task, files, choices.Key);
            var file = found.Find(file => file.Path == choices.Key) ?? found[0];
            var chosen = choices.Select(choice => choice.Index).Distinct().Select(index => HunkOf(task, file, index)).ToList();
            if (chosen.Count == file.Hunks.Count)
            {
                whole.Add(file);
            }
            else
            {
                some.Add(new FileHunks(file.Path, file.OldPath, chosen));
            }
        }

        some.RemoveAll(file => whole.Exists(other => other.Path == file.Path));
        var part = new TaskPart([.. whole.SelectMany(PathsOf).Distinct(StringComparer.Ordinal)], some);
        var besides = await InseparableChanges.FindAsync(_repository, task.BaseCommit, task.Head, part.Files, part.Hunks, cancellationToken);
        return besides.Count == 0 ? part : throw Inseparable(task, besides);
    }

    public async Task<IReadOnlyList<string>> FilesBetweenAsync(string baseCommit, string headCommit, CancellationToken cancellationToken) =>
        [.. (await _diffs.CompareAsync(baseCommit, headCommit, cancellationToken)).Files.SelectMany(PathsOf)];

    public async Task<string?> BaseAfterRollbackAsync(TaskSnapshot task, string target, CancellationToken cancellationToken) =>
        task.AdvancedBase is { } current
            ? await _bases.RolledBackAsync(task.Id, task.StartCommit, current, task.Head, target, cancellationToken)
            : null;

    private static List<FileDiff> Find(TaskSnapshot task, IReadOnlyList<FileDiff> files, string name)
    {
        var found = files.Where(file => file.Path == name || file.OldPath == name).ToList();
        return found.Count > 0
            ? found
            : throw new RequestFailedException(
                "unknownFile", $"Task {task.Id} does not change '{name}', so nothing was accepted.", Offer(files), ExitCodes.Usage);
    }

    private static DiffHunk HunkOf(TaskSnapshot task, FileDiff file, int index)
    {
        // A file that became a link is two texts: it lands whole or not at all.
        var count = file.Status == FileChange.TypeChanged ? 0 : file.Hunks.Count;
        return index >= 0 && index < count
            ? file.Hunks[index]
            : throw new RequestFailedException(
                "unknownHunk",
                $"'{file.Path}' of task {task.Id} has no hunk {index}, so nothing was accepted.",
                count == 0 ? "It has no hunks: accept the file." : $"It has the hunks 0 to {count - 1}: `agent-ide diff {task.Id} --json`.",
                ExitCodes.Usage);
    }

    private static RequestFailedException Inseparable(TaskSnapshot task, IReadOnlyList<string> besides) => new(
        "inseparableFiles",
        $"What was chosen of task {task.Id} takes the place of {Listed(besides)}, which {(besides.Count == 1 ? "was" : "were")} not chosen, so nothing was accepted.",
        $"Choose {(besides.Count == 1 ? "it" : "them")} as well, or the whole task.",
        ExitCodes.Usage);

    private static IEnumerable<string> PathsOf(FileDiff file) => file.OldPath is null ? [file.Path] : [file.OldPath, file.Path];

    private static string Offer(IReadOnlyList<FileDiff> files) =>
        files.Count == 0 ? "It changes nothing that has not landed." : $"It changes {Listed([.. files.Select(file => file.Path)])}.";

    private static string Listed(IReadOnlyList<string> paths)
    {
        var shown = string.Join(", ", paths.Take(ShownFiles));
        return paths.Count <= ShownFiles ? shown : $"{shown} and {paths.Count - ShownFiles} more";
    }
}
