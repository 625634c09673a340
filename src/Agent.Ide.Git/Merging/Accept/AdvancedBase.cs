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
    /// would seem to undo what landed, and accepting it would.
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
        var landed = (await TreeChange.ReadAsync(git, start, current, cancellationToken)).Select(change => change.Path).ToHashSet(StringComparer.Ordinal);
        var undone = (await TreeChange.ReadAsync(git, from, to, cancellationToken)).Where(change => landed.Contains(change.Path)).ToList();
        if (undone.Count == 0)
        {
            return current;
        }

        var next = await PartialTree.WriteAsync(_repository, current, undone, cancellationToken);
        await PinAsync(_repository, task, next, cancellationToken);
        return next;
    }

    /// <summary>Keeps an advanced base, and with it those it was made from, from being collected.</summary>
    internal static Task PinAsync(GitRepository repository, string task, string commit, CancellationToken cancellationToken) =>
        repository.Objects.WithSetting("core.logAllRefUpdates", "false").WithSetting("core.fsync", "reference").RunAsync(["update-ref", "--no-deref", TaskRefs.AdvancedBase(task), commit], default, cancellationToken);
}
