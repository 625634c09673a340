namespace Agent.Ide.Git;

/// <summary>
/// The <c>.gitignore</c> and <c>.gitattributes</c> files of a task's base commit, read folder by folder as they are needed.
/// What an agent writes
/// into such files in its worktree does not change them.
/// </summary>
internal sealed class BaseRules : IDisposable
{
    public const string IgnoreFile = ".gitignore";
    public const string AttributesFile = ".gitattributes";

    /// <summary>Git itself reads no attribute file larger than 100 MB; no real one comes near this.</summary>
    private const int MaxRuleBytes = 1024 * 1024;

    private readonly GitStore _store;
    private readonly string _commit;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<(string Folder, string Name), byte[]?> _rules = [];
    private TreeEditor? _tree;

    public BaseRules(GitStore store, string commit)
    {
        _store = store;
        _commit = commit;
    }

    /// <summary>The folders of a path from the root (empty) to the one it is in.</summary>
    public static IEnumerable<string> FoldersOf(string path)
    {
        yield return string.Empty;
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }

    public static string PathIn(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";

    /// <summary>A rule file of the base commit; null when it has none in that folder.</summary>
    public async Task<byte[]?> ReadAsync(string folder, string name, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_rules.TryGetValue((folder, name), out var known))
            {
                return known;
            }

            _tree ??= await OpenTreeAsync(cancellationToken);
            var entry = await _tree.FindAsync(PathIn(folder, name), cancellationToken);
            var content = entry is { IsFolder: false, IsSubmodule: false, IsLink: false }
                ? (await _store.Reader.ReadAsync(entry.Value.Hash, MaxRuleBytes, cancellationToken))?.Content
                : null;
            return _rules[(folder, name)] = content;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<TreeEditor> OpenTreeAsync(CancellationToken cancellationToken)
    {
        var commit = await _store.ReadCommitAsync(_commit, cancellationToken)
            ?? throw new GitException(
                GitProblem.UnknownCommit,
                $"The base commit {_commit} is gone from the repository. Discard the task or restore the commit.");
        return new TreeEditor(_store.Reader, _store.Repository.ObjectFormat, commit.Tree);
    }
}
