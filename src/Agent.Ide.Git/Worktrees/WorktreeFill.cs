namespace Agent.Ide.Git;

/// <summary>What a worktree holds before its agent starts: the base's files, and what only the user's checkout can give.</summary>
internal sealed class WorktreeFill
{
    private const string NoticesFile = "agent-ide-notices";

    private readonly GitStore _store;
    private readonly WorktreePlace _place;
    private readonly List<string> _notices = [];

    public WorktreeFill(Checkpoints checkpoints, WorktreePlace place)
    {
        _store = checkpoints.Store;
        _place = place;
    }

    /// <summary>One line each, for a person: what a worktree was not given. Empty for one without such lines.</summary>
    public static IReadOnlyList<string> NoticesOf(Worktree worktree)
    {
        var file = Path.Combine(worktree.GitDirectory, NoticesFile);
        return File.Exists(file) ? File.ReadAllLines(file) : [];
    }

    /// <summary>Said with the others when the worktree is finished.</summary>
    public void Say(IEnumerable<string> notices) => _notices.AddRange(notices);

    /// <summary>
    /// Writes the files of the base commit, with the user's filters as the base's attributes ask for them, its large files as the user's
    /// checkout has them, and its submodules as far as they are on this machine.
    /// </summary>
    public async Task WriteBaseAsync(Worktree worktree, CancellationToken cancellationToken)
    {
        var command = LfsContent.WithoutDriver(_store.Repository.On(worktree.Checkout));
        await command.RunAsync(["read-tree", "-m", "-u", worktree.Base], default, cancellationToken);
        var large = new LfsContent(_store, _place.Checkout);
        await large.WriteAsync(worktree, await large.FindAsync(worktree, cancellationToken), cancellationToken);
        Say(await new SubmoduleFill(_store, _place.Checkout).WriteAsync(worktree, cancellationToken));
    }

    /// <summary>Adds what git does not hold, when everything that it holds is there.</summary>
    public async Task FinishAsync(Worktree worktree, CancellationToken cancellationToken)
    {
        Say(await new IncludeCopy(_store, _place).CopyAsync(worktree, cancellationToken));

        // Kept beside the worktree: whoever made it may end before the lines are told.
        await File.WriteAllLinesAsync(
            Path.Combine(worktree.GitDirectory, NoticesFile), _notices.Select(line => line.ReplaceLineEndings(" ")), cancellationToken);
    }
}
