namespace Agent.Ide.Git;

/// <summary>Works out which paths a checkpoint has to look at, and leaves out what may not become part of a commit.</summary>
internal sealed class ChangeCollection
{
    /// <summary>Repositories inside repositories inside repositories: a bound for what an agent can build.</summary>
    private const int MaxNestedFolders = 1000;

    private readonly GitStore _store;
    private readonly WorktreeIndex _index;
    private readonly Worktree _worktree;
    private readonly BaseRules _rules;
    private readonly WorktreeFiles _files;
    private readonly TreeEditor _tree;
    private readonly IncludedFiles _included;
    private readonly SortedSet<string> _removals = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, FoundPath> _contents = new(StringComparer.Ordinal);
    private readonly List<SkippedPath> _skipped = [];

    public ChangeCollection(GitStore store, WorktreeIndex index, Worktree worktree, BaseRules rules, WorktreeFiles files, TreeEditor tree)
    {
        _store = store;
        _index = index;
        _worktree = worktree;
        _rules = rules;
        _files = files;
        _tree = tree;
        _included = IncludedFiles.Read(worktree.GitDirectory);
    }

    /// <summary>Tracked paths that are gone; a folder stands for all in it.</summary>
    public IReadOnlyCollection<string> Removals => _removals;

    /// <summary>Files and links to compare and store.</summary>
    public IReadOnlyDictionary<string, FoundPath> Contents => _contents;

    public IReadOnlyList<SkippedPath> Skipped => _skipped;

    /// <param name="paths">Null: all of the worktree.</param>
    /// <param name="tip">The branch's.</param>
    /// <param name="forced">Stored even if ignored.</param>
    /// <param name="cancellationToken">Kills what runs.</param>
    public async Task AddAsync(IReadOnlyList<string>? paths, string tip, IReadOnlyCollection<string> forced, CancellationToken cancellationToken)
    {
        if (!_included.IsEmpty)
        {
            await _included.LearnAsync(_files, paths, content => IncludeCopy.IsPublicAsync(_store, content, cancellationToken));
        }

        if (paths is null)
        {
            await AddScanAsync(tip, [], cancellationToken);
            await AddPathsAsync(forced, checkIgnored: false, [], cancellationToken);
            return;
        }

        var folders = new List<string>();
        await AddPathsAsync(paths, checkIgnored: true, folders, cancellationToken);
        if (folders.Count > 0)
        {
            await AddScanAsync(tip, folders, cancellationToken);
        }
    }

    private async Task AddScanAsync(string tip, IReadOnlyList<string> below, CancellationToken cancellationToken)
    {
        var changes = await _index.ScanAsync(_worktree, tip, below, cancellationToken);
        await AddPathsAsync(changes.Tracked, checkIgnored: false, null, cancellationToken);
        var ignored = await new IgnoreRules(_store).FindIgnoredAsync(_rules, _files, changes.Untracked, passedCurrentRules: true, cancellationToken);
        await AddPathsAsync([.. changes.Untracked.Where(path => !ignored.Contains(path))], checkIgnored: false, null, cancellationToken);
        await AddNestedAsync(changes.Nested, cancellationToken);
    }

    /// <summary>A repository that an agent made in its worktree becomes ordinary files; its <c>.git</c> is never looked into.</summary>
    private async Task AddNestedAsync(IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        var waiting = new Queue<string>(folders);
        for (var count = 0; count < MaxNestedFolders && waiting.TryDequeue(out var folder); count++)
        {
            if (_files.Look(folder).Kind != PathKind.Folder)
            {
                continue;
            }

            var listed = await _index.ListNestedAsync(_worktree, folder, cancellationToken);
            foreach (var path in listed.Where(path => path.EndsWith('/')))
            {
                waiting.Enqueue(path[..^1]);
            }

            await AddPathsAsync([.. listed.Where(path => !path.EndsWith('/'))], checkIgnored: true, null, cancellationToken);
        }
    }

    /// <param name="paths">As a tool or git named them.</param>
    /// <param name="checkIgnored">Nobody has applied the ignore rules to them yet.</param>
    /// <param name="folders">Receives those that are folders; null where there can be none.</param>
    /// <param name="cancellationToken">Stops between paths.</param>
    private async Task AddPathsAsync(
        IReadOnlyCollection<string> paths, bool checkIgnored, List<string>? folders, CancellationToken cancellationToken)
    {
        var untracked = new List<string>();
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (PathRules.Refusal(path) is { } refusal)
            {
                _skipped.Add(new SkippedPath(path, refusal));
                continue;
            }

            var entry = await _tree.FindAsync(path, cancellationToken);
            if (entry is { IsSubmodule: true } || await _tree.IsInsideSubmoduleAsync(path, cancellationToken))
            {
                _skipped.Add(new SkippedPath(path, SkipReason.Submodule));
                continue;
            }

            var found = _files.Look(path);
            if (!_included.IsEmpty && found.Kind is (PathKind.File or PathKind.Link) && IsIncluded(path, isTracked: entry is { IsFolder: false }))
            {
                _skipped.Add(new SkippedPath(path, SkipReason.Included));
                continue;
            }

            switch (found.Kind)
            {
                case PathKind.Missing when entry is { IsFolder: true } && folders is not null && WorktreeIndex.IsSparse(_worktree):
                    // What of it was never checked out is not gone: the scan tells the two apart.
                    folders.Add(path);
                    break;
                case PathKind.Missing or PathKind.BeyondLink when entry is not null:
                    _removals.Add(path);
                    break;
                case PathKind.Missing:
                    break;
                case PathKind.Folder:
                    if (entry is { IsFolder: false })
                    {
                        _removals.Add(path);
                    }

                    folders?.Add(path);
                    break;
                case PathKind.File or PathKind.Link when found.Kind == PathKind.Link && PathRules.IsModulesFile(path):
                case PathKind.File when !GitOwnFiles.IsAcceptable(_files, path):
                    _skipped.Add(new SkippedPath(path, SkipReason.ForbiddenName));
                    break;
                case PathKind.File or PathKind.Link when entry is { IsFolder: true } && await _index.HidesAnyAsync(_worktree, path, cancellationToken):
                    _skipped.Add(new SkippedPath(path, SkipReason.CoversHidden));
                    break;
                case PathKind.File or PathKind.Link:
                    _contents[path] = found;
                    if (entry is null or { IsFolder: true })
                    {
                        untracked.Add(path);
                    }

                    break;
                default:
                    _skipped.Add(new SkippedPath(path, found.Kind switch
                    {
                        PathKind.Special => SkipReason.NotAFile,
                        PathKind.BeyondLink => SkipReason.OutsideWorktree,
                        _ => SkipReason.Unreadable,
                    }));
                    break;
            }
        }

        _included.Save();
        if (checkIgnored && untracked.Count > 0)
        {
            var rules = new IgnoreRules(_store);
            foreach (var path in await rules.FindIgnoredAsync(_rules, _files, untracked, passedCurrentRules: false, cancellationToken))
            {
                _contents.Remove(path);
                _skipped.Add(new SkippedPath(path, SkipReason.Ignored));
            }
        }
    }

    /// <summary>A file that was recognised is known by its new path from now on, unless that is a file of the repository's own.</summary>
    private bool IsIncluded(string path, bool isTracked)
    {
        if (_included.Contains(path))
        {
            return true;
        }

        var recognised = _included.Recognises(_files, path);
        if (recognised && !isTracked)
        {
            _included.Add(path);
        }

        return recognised;
    }
}
