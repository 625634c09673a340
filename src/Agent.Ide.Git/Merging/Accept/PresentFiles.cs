namespace Agent.Ide.Git.Merging.Accept;

/// <summary>
/// Looks on disk for what lies where a merge wants to put something new: the path itself, a file where it needs a folder, a folder
/// with files where it needs a file, and a name that differs in case only where the file system takes both for one.
/// </summary>
internal sealed class PresentFiles
{
    /// <summary>A folder in the way is described by so many of its files.</summary>
    private const int MaxPerFolder = 20;

    private readonly string _root;
    private readonly IReadOnlyList<TreeChange> _changes;
    private readonly bool _ignoreCase;
    private readonly HashSet<string> _removed;

    public PresentFiles(string root, IReadOnlyList<TreeChange> changes, bool ignoreCase)
    {
        _root = root;
        _changes = changes;
        _ignoreCase = ignoreCase;
        _removed = changes.Where(change => change.IsDeleted).Select(change => change.Path).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>What is in the way, as the paths that are there. What the merge itself removes is not.</summary>
    public IReadOnlyList<string> Find()
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var looked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in _changes)
        {
            if (change.IsAdded && AncestorsAreFolders(change.Path, looked, found))
            {
                LookAt(change.Path, found);
            }
        }

        return [.. found];
    }

    /// <summary>True when all folders above the path are there, so that something may lie at the path itself.</summary>
    private bool AncestorsAreFolders(string path, HashSet<string> looked, SortedSet<string> found)
    {
        foreach (var folder in ChangedPaths.FoldersOf(path).Reverse())
        {
            if (!looked.Add(folder) && !found.Contains(folder))
            {
                continue;
            }

            switch (NativeFiles.Look(_root, folder))
            {
                case FileKind.None:
                    looked.Remove(folder);
                    return AddOtherCase(folder, found);
                case FileKind.File:
                    AddUnlessRemoved(folder, found);
                    return false;
                default:
                    break;
            }
        }

        return true;
    }

    private void LookAt(string path, SortedSet<string> found)
    {
        switch (NativeFiles.Look(_root, path))
        {
            case FileKind.File:
                if (!(_ignoreCase && IsOtherCaseOfRemoved(path)))
                {
                    found.Add(path);
                }

                break;
            case FileKind.Folder:
                AddContent(path, found);
                break;
            default:
                AddOtherCase(path, found);
                break;
        }
    }

    private void AddUnlessRemoved(string path, SortedSet<string> found)
    {
        if (!_removed.Contains(path))
        {
            found.Add(path);
        }
    }

    private void AddContent(string folder, SortedSet<string> found)
    {
        var pending = new Queue<string>([folder]);
        for (var count = 0; count < MaxPerFolder && pending.TryDequeue(out var next);)
        {
            foreach (var entry in new DirectoryInfo(Path.Combine(_root, next)).EnumerateFileSystemInfos())
            {
                var path = $"{next}/{entry.Name}";
                if (entry is DirectoryInfo && entry.LinkTarget is null)
                {
                    pending.Enqueue(path);
                }
                else if (!_removed.Contains(path))
                {
                    found.Add(path);
                    count++;
                }
            }
        }
    }

    private bool IsOtherCaseOfRemoved(string path) => _removed.Any(removed => string.Equals(removed, path, StringComparison.OrdinalIgnoreCase));

    /// <summary>Always false, for its caller: nothing lies at the very path.</summary>
    private bool AddOtherCase(string path, SortedSet<string> found)
    {
        if (!_ignoreCase)
        {
            return false;
        }

        var slash = path.LastIndexOf('/');
        var parent = slash < 0 ? _root : Path.Combine(_root, path[..slash]);
        if (Directory.Exists(parent))
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(parent))
            {
                var name = Path.GetFileName(entry);
                if (string.Equals(name, path[(slash + 1)..], StringComparison.OrdinalIgnoreCase))
                {
                    AddUnlessRemoved(path[..(slash + 1)] + name, found);
                }
            }
        }

        return false;
    }
}
