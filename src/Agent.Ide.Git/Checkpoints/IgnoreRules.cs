namespace Agent.Ide.Git;

/// <summary>
/// Tells which untracked paths are ignored, by git's own <c>check-ignore</c> run on a stand-in that holds nothing but the rule files. What
/// the base commit ignores stays ignored (secrets and build output do not become part of a commit because an agent edited a rule); what the
/// worktree ignores by now is ignored too.
/// </summary>
internal sealed class IgnoreRules
{
    private const int MaxRuleBytes = 1024 * 1024;

    private readonly GitStore _store;

    public IgnoreRules(GitStore store)
    {
        _store = store;
    }

    /// <param name="rules">Of the task's base.</param>
    /// <param name="files">The worktree.</param>
    /// <param name="paths">Untracked ones.</param>
    /// <param name="passedCurrentRules">They come from a scan, which has applied the worktree's rules.</param>
    /// <param name="cancellationToken">Kills what runs.</param>
    public async Task<IReadOnlySet<string>> FindIgnoredAsync(
        BaseRules rules, WorktreeFiles files, IReadOnlyCollection<string> paths, bool passedCurrentRules, CancellationToken cancellationToken)
    {
        var ignored = new HashSet<string>(StringComparer.Ordinal);
        if (paths.Count == 0)
        {
            return ignored;
        }

        var ofBase = new List<(string Path, byte[] Content)>();
        var current = new List<(string Path, byte[] Content)>();
        var differ = false;
        foreach (var folder in paths.SelectMany(BaseRules.FoldersOf).Distinct(StringComparer.Ordinal))
        {
            var path = BaseRules.PathIn(folder, BaseRules.IgnoreFile);
            var before = await rules.ReadAsync(folder, BaseRules.IgnoreFile, cancellationToken);
            var now = files.ReadSmallFile(path, MaxRuleBytes);
            if (before is not null)
            {
                ofBase.Add((path, before));
            }

            if (now is not null)
            {
                current.Add((path, now));
            }

            differ |= before is null ? now is not null : now is null || !before.AsSpan().SequenceEqual(now);
        }

        if (differ || !passedCurrentRules)
        {
            ignored.UnionWith(await CheckAsync(ofBase, paths, cancellationToken));
        }

        if (differ && !passedCurrentRules)
        {
            ignored.UnionWith(await CheckAsync(current, paths, cancellationToken));
        }

        return ignored;
    }

    private async Task<IReadOnlyList<string>> CheckAsync(
        List<(string Path, byte[] Content)> rules, IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        using var staging = _store.NewStaging();
        foreach (var (path, content) in rules)
        {
            staging.Write(path, content);
        }

        // This command alone refuses literal path specifications; a leading "./" keeps a name that starts with a colon from being one
        // with meaning, and it takes the rest as it stands.
        const string Here = "./";
        string[] question = ["check-ignore", "--no-index", "-z", "--stdin"];
        var command = GitCommand.OnCheckout(_store.Repository.Program, _store.Repository.CommonDirectory, staging.Tree)
            .WithIndex(staging.IndexFile)
            .WithVariable("GIT_LITERAL_PATHSPECS", "0");
        var output = await command.TryRunAsync(question, GitPath.EncodeNulTerminated(paths.Select(path => Here + path)), cancellationToken);
        return output.ExitCode switch
        {
            0 => [.. output.NulTerminated.Select(path => path[Here.Length..])],
            1 => [],
            _ => throw GitCommand.Failure(question, output),
        };
    }
}
