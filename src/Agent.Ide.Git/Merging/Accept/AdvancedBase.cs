namespace Agent.Ide.Git.Merging.Accept;

/// <summary>
/// The base of a task of which some files have landed: the base before with those files as the task had them. It is no commit of the
/// task's branch; a ref pins it.
/// </summary>
public sealed class AdvancedBase
{
    /// <summary>
    /// The trailer of a commit that landed some of a task's files: the base of the rest. By it that commit is told from one that landed all,
    /// and from those of other parts of the same head.
    /// </summary>
    public const string Trailer = "Agent-Advanced-Base";

    private readonly GitRepository _repository;

    public AdvancedBase(GitRepository repository) => _repository = repository;

    /// <summary>
    /// The base after a roll back. A landed file that goes back with the task goes back in the base as well: else the rest of the task
    /// would seem to undo what landed, and accepting it would. A file of which only some hunks had landed goes back by what the roll back changes.
    /// </summary>
    /// <param name="task">Its id.</param>
    /// <param name="start">The commit that the task started from.</param>
    /// <param name="current">The advanced base as it is.</param>
    /// <param name="from">The head that the roll back leaves.</param>
    /// <param name="to">The head that it goes to.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>Full hash of the base from then on, pinned; the current one where no landed file goes back.</returns>
    public async Task<string> RolledBackAsync(
        string task, string start, string current, string from, string to, CancellationToken cancellationToken = default)
    {
        var git = _repository.Objects;
        var landed = (await TreeChange.ReadAsync(git, start, current, cancellationToken)).ToDictionary(change => change.Path, StringComparer.Ordinal);
        var undone = new List<TreeChange>();
        foreach (var change in (await TreeChange.ReadAsync(git, from, to, cancellationToken)).Where(change => landed.ContainsKey(change.Path)))
        {
            undone.Add(change with { NewHash = await RolledBackAsync(landed[change.Path], change, cancellationToken) });
        }

        if (undone.Count == 0)
        {
            return current;
        }

        var next = await PartialTree.WriteAsync(_repository, current, undone, cancellationToken);
        await PinAsync(_repository, task, next, cancellationToken);
        return next;
    }

    /// <returns>The blob of a landed file: as the roll back leaves it in the task, but for lines of the task that have not landed.</returns>
    private async Task<string> RolledBackAsync(TreeChange landed, TreeChange undone, CancellationToken cancellationToken)
    {
        if (landed.NewHash == undone.OldHash || landed.IsDeleted || undone.IsAdded || undone.IsDeleted || landed.IsSubmodule || undone.IsSubmodule)
        {
            return undone.NewHash;
        }

        using var scratch = ScratchFolder.Create(_repository.CommonDirectory);
        var git = _repository.Objects;
        foreach (var (name, hash) in new[] { ("ours", landed.NewHash), ("base", undone.OldHash), ("theirs", undone.NewHash) })
        {
            var blob = await git.RunAsync(["cat-file", "blob", hash], default, cancellationToken);
            await File.WriteAllBytesAsync(scratch.File(name), blob.Bytes, cancellationToken);
        }

        var merged = await git.TryRunAsync(
            ["merge-file", "--stdout", "--quiet", "--theirs", scratch.File("ours"), scratch.File("base"), scratch.File("theirs")], default, cancellationToken);
        if (merged.ExitCode != 0)
        {
            return undone.NewHash; // No text.
        }

        return (await git.WithSetting("core.fsync", "loose-object")
            .RunAsync(["hash-object", "-w", "-t", "blob", "--stdin"], merged.Bytes, cancellationToken)).Line;
    }

    /// <summary>Keeps an advanced base, and with it those it was made from, from being collected.</summary>
    internal static Task PinAsync(GitRepository repository, string task, string commit, CancellationToken cancellationToken) =>
        repository.Objects.WithSetting("core.logAllRefUpdates", "false").WithSetting("core.fsync", "reference").RunAsync(["update-ref", "--no-deref", TaskRefs.AdvancedBase(task), commit], default, cancellationToken);
}
