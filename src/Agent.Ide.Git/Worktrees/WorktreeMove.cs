namespace Agent.Ide.Git;

/// <summary>
/// Moves a worktree's files and index from one commit to another. Everything in it that is not ignored must be in the first.
/// Filters of an agent's
/// attributes never run; those the task's base asks for are run afterwards, on the files that changed.
/// </summary>
internal sealed class WorktreeMove
{
    private readonly Checkpoints _checkpoints;
    private readonly GitStore _store;

    public WorktreeMove(Checkpoints checkpoints)
    {
        _checkpoints = checkpoints;
        _store = checkpoints.Store;
    }

    /// <summary>
    /// Touches what differs between the two and nothing else, so that it costs by that, and unchanged files keep what filters
    /// made of them.
    /// </summary>
    public async Task MoveAsync(Worktree worktree, string from, string to, CancellationToken cancellationToken)
    {
        var output = await _store.Repository.Objects.RunAsync(
            ["diff-tree", "-r", "-z", "--raw", "--no-renames", from, to], default, cancellationToken);
        var written = new List<string>();
        using (var files = WorktreeFiles.Open(worktree.Root))
        {
            var fields = output.NulTerminated;
            for (var index = 0; index + 1 < fields.Count; index += 2)
            {
                // ":oldmode newmode oldhash newhash status", path
                var modes = fields[index].Split(' ');
                var path = fields[index + 1];
                if (modes[0].EndsWith(TreeEntry.SubmoduleMode, StringComparison.Ordinal) || modes[1] == TreeEntry.SubmoduleMode)
                {
                    continue;
                }

                if (modes[4][0] != 'D')
                {
                    written.Add(path);
                }
                else if (!files.Delete(path))
                {
                    throw new GitException(
                        GitProblem.Storage,
                        $"{path} in the worktree of task {worktree.Id} cannot be removed. Make its folder writable, then try again.");
                }
            }
        }

        await _checkpoints.Index.WriteFilesAsync(worktree, to, written, cancellationToken);
        var settings = await _store.Settings.ReadAsync(cancellationToken);
        if (settings.Filters.Count > 0 && written.Count > 0)
        {
            await SmudgeAsync(worktree, to, written, cancellationToken);
        }
    }

    private async Task SmudgeAsync(Worktree worktree, string commit, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        using var staging = _store.NewStaging();
        var rules = _checkpoints.RulesOf(worktree.Base);
        foreach (var folder in paths.SelectMany(BaseRules.FoldersOf).Distinct(StringComparer.Ordinal))
        {
            if (await rules.ReadAsync(folder, BaseRules.AttributesFile, cancellationToken) is { } content)
            {
                staging.Write(BaseRules.PathIn(folder, BaseRules.AttributesFile), content);
            }
        }

        var command = GitCommand.OnCheckout(_store.Repository.Program, _store.Repository.CommonDirectory, staging.Tree).WithIndex(staging.IndexFile);
        var (filtered, large) = await FindFilteredAsync(command, paths, cancellationToken);
        await new LfsContent(_store, checkout: null).WriteAsync(worktree, large, cancellationToken);
        using var files = WorktreeFiles.Open(worktree.Root);
        foreach (var path in filtered)
        {
            if (await _store.ReadBlobAsync(commit, path, 0, cancellationToken) is not { } blob || blob.Mode == TreeEntry.LinkMode)
            {
                continue;
            }

            var smudged = await command.RunAsync(["cat-file", "--filters", $"--path={path}", blob.Hash], default, cancellationToken);
            using var target = files.OpenFileForWriting(path)
                ?? throw new GitException(
                    GitProblem.Storage,
                    $"{path} in the worktree of task {worktree.Id} cannot be written. Look at it and roll back again.");
            RandomAccess.Write(target, smudged.Bytes, 0);
        }
    }

    /// <summary>The paths that have a filter in the base's attributes, those of LFS apart.</summary>
    private static async Task<(List<string> Filtered, List<string> Large)> FindFilteredAsync(GitCommand command, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var output = await command.RunAsync(["check-attr", "-z", "--stdin", "filter"], GitPath.EncodeNulTerminated(paths), cancellationToken);
        var fields = output.NulTerminated;
        var filtered = new List<string>();
        var large = new List<string>();
        for (var index = 0; index + 2 < fields.Count; index += 3)
        {
            if (fields[index + 2] is not ("unspecified" or "unset" or "set"))
            {
                (fields[index + 2] == LfsContent.Driver ? large : filtered).Add(fields[index]);
            }
        }

        return (filtered, large);
    }
}
