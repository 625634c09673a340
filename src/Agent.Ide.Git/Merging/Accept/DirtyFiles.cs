namespace Agent.Ide.Git.Merging.Accept;

/// <summary>Which files of a checkout differ from an index, and of which that cannot be said because a filter fails for them.</summary>
internal sealed class DirtyFiles
{
    private static readonly string[] Refresh = ["update-index", "-q", "--refresh"];
    private static readonly TimeSpan NoRace = TimeSpan.FromHours(1);

    private readonly HashSet<string> _dirty;
    private readonly HashSet<string> _undecided;

    private DirtyFiles(HashSet<string> dirty, HashSet<string> undecided, FilterFailure? failure)
    {
        _dirty = dirty;
        _undecided = undecided;
        Failure = failure;
    }

    /// <summary>The first filter that failed.</summary>
    public FilterFailure? Failure { get; }

    /// <summary>The file differs, as far as that can be said.</summary>
    public bool Contains(string path) => _dirty.Contains(path);

    /// <summary>The file is not known to be as in the index, and the filter that would tell fails.</summary>
    public bool IsUndecided(string path) => _undecided.Contains(path);

    /// <param name="git">Commands on the checkout.</param>
    /// <param name="index">Is refreshed where that works.</param>
    /// <param name="cancellationToken">Kills git.</param>
    public static async Task<DirtyFiles> FindAsync(GitCommand git, string index, CancellationToken cancellationToken)
    {
        var asked = git.WithIndex(index);

        // Exit code 1 says that something is dirty, which is the question.
        var failure = FilterFailure.Find(Refresh, await asked.TryRunAsync(Refresh, default, cancellationToken));
        var undecided = new HashSet<string>(StringComparer.Ordinal);
        if (failure is not null)
        {
            // Nothing of that refresh was stored. The files of the filter are set aside, in a copy, so that the others can be looked at.
            var copy = index + ".asked";
            File.Copy(index, copy, overwrite: true);
            File.Delete(copy + ".lock");
            asked = git.WithIndex(copy);
            var filters = new HashSet<string>(StringComparer.Ordinal);
            for (var next = failure; next is not null && filters.Add(next.Filter);)
            {
                KeepFromLookingInside(copy);
                var ofFilter = await FilteredAsync(asked, await DifferentAsync(asked, cancellationToken), next.Filter, cancellationToken);
                undecided.UnionWith(ofFilter);
                KeepFromLookingInside(copy);
                await asked.RunAsync(["update-index", "--skip-worktree", "-z", "--stdin"], GitPath.EncodeNulTerminated(ofFilter), cancellationToken);
                KeepFromLookingInside(copy);
                next = FilterFailure.Find(Refresh, await asked.TryRunAsync(Refresh, default, cancellationToken));
            }

            KeepFromLookingInside(copy);
        }

        return new DirtyFiles(await DifferentAsync(asked, cancellationToken), undecided, failure);
    }

    /// <summary>
    /// git looks into a file, through its filter, that is as old as the index although its stat is right. An index from the future has no
    /// such files. What is missed so, an edit of the same length within the same second, stays where it is.
    /// </summary>
    private static void KeepFromLookingInside(string index) => File.SetLastWriteTimeUtc(index, File.GetLastWriteTimeUtc(index) + NoRace);

    private static async Task<HashSet<string>> DifferentAsync(GitCommand asked, CancellationToken cancellationToken)
    {
        var output = await asked.RunAsync(["diff-files", "-z", "--name-only", "--ignore-submodules=all"], default, cancellationToken);
        return output.NulTerminated.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Those that the checkout's attributes give to a filter.</summary>
    internal static async Task<List<string>> FilteredAsync(
        GitCommand asked, IReadOnlyCollection<string> paths, string filter, CancellationToken cancellationToken)
    {
        const int FieldsEach = 3; // path, attribute, value
        var fields = (await asked.RunAsync(["check-attr", "-z", "--stdin", "filter"], GitPath.EncodeNulTerminated(paths), cancellationToken)).NulTerminated;
        var filtered = new List<string>();
        for (var i = 0; i + 2 < fields.Count; i += FieldsEach)
        {
            if (fields[i + 2] == filter)
            {
                filtered.Add(fields[i]);
            }
        }

        return filtered;
    }
}
