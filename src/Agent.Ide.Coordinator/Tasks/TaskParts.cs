using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Protocol;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>Which paths of a task a person means who accepts some of its files, and what its changes count from afterwards.</summary>
internal sealed class TaskParts
{
    private const int ShownFiles = 5;

    private readonly Diffs _diffs;
    private readonly AdvancedBase _bases;

    public TaskParts(GitStore store)
    {
        _diffs = new Diffs(store.Repository);
        _bases = new AdvancedBase(store.Repository);
    }

    /// <summary>Repository-relative paths as diffs name them, without repetitions. Either name of a renamed file stands for both.</summary>
    /// <exception cref="RequestFailedException">None is named, or one that the task does not change; nothing was changed.</exception>
    public async Task<IReadOnlyList<string>> ChooseAsync(TaskSnapshot task, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var files = (await _diffs.CompareAsync(task.BaseCommit, task.Head, cancellationToken)).Files;
        if (names.Count == 0)
        {
            throw new RequestFailedException(
                "noFiles", $"No file of task {task.Id} was chosen, so nothing was accepted.", $"Choose at least one. {Offer(files)}", ExitCodes.Usage);
        }

        var chosen = new List<string>();
        foreach (var name in names)
        {
            // A path can be two files of a diff: an old name, and a new file that took its place.
            var meant = files.Where(file => file.Path == name || file.OldPath == name).ToList();
            if (meant.Count == 0)
            {
                throw new RequestFailedException(
                    "unknownFile", $"Task {task.Id} does not change '{name}', so nothing was accepted.", Offer(files), ExitCodes.Usage);
            }

            chosen.AddRange(meant.SelectMany(PathsOf));
        }

        return [.. chosen.Distinct(StringComparer.Ordinal)];
    }

    public async Task<IReadOnlyList<string>> FilesBetweenAsync(string baseCommit, string headCommit, CancellationToken cancellationToken) =>
        [.. (await _diffs.CompareAsync(baseCommit, headCommit, cancellationToken)).Files.SelectMany(PathsOf)];

    public async Task<string?> BaseAfterRollbackAsync(TaskSnapshot task, string target, CancellationToken cancellationToken) =>
        task.AdvancedBase is { } current
            ? await _bases.RolledBackAsync(task.Id, task.StartCommit, current, task.Head, target, cancellationToken)
            : null;

    private static IEnumerable<string> PathsOf(FileDiff file) => file.OldPath is null ? [file.Path] : [file.OldPath, file.Path];

    private static string Offer(IReadOnlyList<FileDiff> files)
    {
        var shown = string.Join(", ", files.Take(ShownFiles).Select(file => file.Path));
        return files.Count switch
        {
            0 => "It changes nothing that has not landed.",
            <= ShownFiles => $"It changes {shown}.",
            _ => $"It changes {shown} and {files.Count - ShownFiles} more.",
        };
    }
}
