namespace Agent.Ide.Git.Merging;

/// <summary>
/// A set of changed paths that knows when another path could clash: the same one, a folder where the other has a file, or the other
/// way round.
/// </summary>
internal sealed class ChangedPaths
{
    private readonly HashSet<string> _paths;
    private readonly HashSet<string> _folders;

    /// <param name="paths">Repository-relative.</param>
    /// <param name="comparer">How names are compared; a file system that ignores case needs one that does.</param>
    public ChangedPaths(IEnumerable<string> paths, StringComparer? comparer = null)
    {
        comparer ??= StringComparer.Ordinal;
        _paths = new HashSet<string>(paths, comparer);
        _folders = new HashSet<string>(comparer);
        foreach (var path in _paths)
        {
            foreach (var folder in FoldersOf(path))
            {
                if (!_folders.Add(folder))
                {
                    break;
                }
            }
        }
    }

    public IReadOnlyCollection<string> Paths => _paths;

    public bool Touches(string path) => _paths.Contains(path) || _folders.Contains(path) || FoldersOf(path).Any(_paths.Contains);

    public bool Touches(ChangedPaths other)
    {
        var (few, many) = _paths.Count <= other._paths.Count ? (this, other) : (other, this);
        return few._paths.Any(many.Touches);
    }

    /// <summary>The folders above a path, nearest first.</summary>
    public static IEnumerable<string> FoldersOf(string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            yield return path[..slash];
        }
    }
}
