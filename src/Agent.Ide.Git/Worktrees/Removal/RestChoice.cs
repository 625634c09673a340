namespace Agent.Ide.Git;

/// <summary>
/// Decides what of the rest of a worktree is set aside. What is not ignored always is, ignored files within <see cref="KeepBounds"/>,
/// and what came from the user's checkout (<see cref="IncludedFiles"/>) never: it is there still, and a restore takes it from there.
/// </summary>
internal sealed class RestChoice
{
    private readonly Checkpoints _checkpoints;

    public RestChoice(Checkpoints checkpoints)
    {
        _checkpoints = checkpoints;
    }

    /// <param name="worktree">Where its files are now.</param>
    /// <param name="units">All that is in no commit.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>What is kept, and what is removed for good; a file of the latter may lie in a folder of the former.</returns>
    public async Task<(IReadOnlyList<string> Aside, IReadOnlyList<string> Left)> ChooseAsync(
        Worktree worktree, IReadOnlyList<RestUnit> units, CancellationToken cancellationToken)
    {
        var aside = new List<string>();
        var left = new List<string>();
        var included = IncludedFiles.Read(worktree.GitDirectory);
        left.AddRange(included.Paths.Where(path => units.Any(unit => path == unit.Path || path.StartsWith(unit.Path + "/", StringComparison.Ordinal))));
        units = [.. units.Where(unit => !included.Contains(unit.Path))];
        var ignored = await FindIgnoredAsync(worktree, units, cancellationToken);
        aside.AddRange(units.Where(unit => !ignored.Contains(unit)).Select(unit => unit.Path));
        var bytes = 0L;
        var files = 0;
        foreach (var unit in units.Where(ignored.Contains).OrderBy(unit => unit.Bytes).ThenBy(unit => unit.Path, StringComparer.Ordinal))
        {
            var isFile = unit.Kind != PathKind.Folder;
            if (!unit.Counted
                || (isFile && unit.Large.Count > 0)
                || bytes + unit.Bytes > KeepBounds.TotalBytes
                || files + unit.Files > KeepBounds.Files)
            {
                left.Add(isFile ? unit.Path : unit.Path + "/");
                continue;
            }

            bytes += unit.Bytes;
            files += unit.Files;
            aside.Add(unit.Path);
            left.AddRange(unit.Large);
        }

        aside.Sort(StringComparer.Ordinal);
        return (aside, [.. left.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    /// <summary>A folder is ignored when all is that was counted in it; an empty one is not, and costs nothing to keep.</summary>
    private async Task<HashSet<RestUnit>> FindIgnoredAsync(Worktree worktree, IReadOnlyList<RestUnit> units, CancellationToken cancellationToken)
    {
        using var files = WorktreeFiles.Open(worktree.Root);
        var paths = units.SelectMany(unit => unit.Sample).Where(path => PathRules.Refusal(path) != SkipReason.OutsideWorktree).ToList();
        var found = await new IgnoreRules(_checkpoints.Store).FindIgnoredAsync(
            _checkpoints.RulesOf(worktree.Base), files, paths, passedCurrentRules: false, cancellationToken);
        return [.. units.Where(unit => unit.Sample.Count > 0 && unit.Sample.All(found.Contains))];
    }
}
