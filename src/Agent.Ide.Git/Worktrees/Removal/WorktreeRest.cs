namespace Agent.Ide.Git;

/// <summary>A file, link, special file or whole folder of a worktree that is in no commit.</summary>
/// <param name="Path">Relative to the worktree.</param>
/// <param name="Kind">A folder stands for all in it.</param>
/// <param name="Files">How many files are in it, as far as they were counted.</param>
/// <param name="Bytes">Their length together, as far as they were counted.</param>
/// <param name="Large">Files in it that are too large to be kept when they are ignored, relative to the worktree.</param>
/// <param name="Sample">What its ignore rules are asked about: the files in it, as far as they were counted.</param>
/// <param name="Counted">False where it holds more than is ever kept of ignored files, so that nobody counted on.</param>
internal sealed record RestUnit(
    string Path, PathKind Kind, int Files, long Bytes, IReadOnlyList<string> Large, IReadOnlyList<string> Sample, bool Counted);

/// <summary>
/// Finds what of a worktree is in no commit, by comparing the folder with a commit's tree: what git overlooks (empty folders, special files,
/// <c>.git</c> folders of nested repositories) is found like what is ignored. Goes into folders of the tree only, so that the largest
/// <c>node_modules</c> costs no more than the bound of its counting.
/// </summary>
internal sealed class WorktreeRest
{
    private readonly string _root;
    private readonly HashSet<string> _files;
    private readonly HashSet<string> _folders;
    private readonly HashSet<string> _mustKeep;

    private WorktreeRest(string root, HashSet<string> files, HashSet<string> folders, HashSet<string> mustKeep)
    {
        _root = root;
        _files = files;
        _folders = folders;
        _mustKeep = mustKeep;
    }

    /// <param name="store">Of the repository.</param>
    /// <param name="root">Where the worktree's files are now.</param>
    /// <param name="commit">What has been kept.</param>
    /// <param name="skipped">Paths whose content on disk is not what the commit has.</param>
    /// <param name="cancellationToken">Kills git.</param>
    public static async Task<List<RestUnit>> FindAsync(
        GitStore store, string root, string commit, IEnumerable<string> skipped, CancellationToken cancellationToken)
    {
        var listed = await store.Repository.Objects.RunAsync(["ls-tree", "-r", "-z", commit], default, cancellationToken);
        var files = new HashSet<string>(StringComparer.Ordinal);
        var folders = new HashSet<string>(StringComparer.Ordinal) { string.Empty };
        foreach (var line in listed.NulTerminated)
        {
            // "mode type hash\tpath"
            var path = line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..];
            for (var slash = path.LastIndexOf('/'); slash > 0 && folders.Add(path[..slash]); slash = path.LastIndexOf('/', slash - 1))
            {
            }

            if (line.StartsWith(TreeEntry.SubmoduleMode, StringComparison.Ordinal))
            {
                // Its content is in another repository, if at all.
                continue;
            }

            files.Add(path);
        }

        var rest = new WorktreeRest(root, files, folders, new HashSet<string>(skipped, StringComparer.Ordinal));
        var units = new List<RestUnit>();
        rest.Collect(string.Empty, units, cancellationToken);
        units.Sort(static (left, right) => string.CompareOrdinal(left.Path, right.Path));
        return units;
    }

    private void Collect(string folder, List<RestUnit> units, CancellationToken cancellationToken)
    {
        var waiting = new Stack<string>([folder]);
        while (waiting.TryPop(out var current))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var entries = HostFolder.List(Absolute(current)) ?? throw new GitException(
                GitProblem.Storage, $"{Absolute(current)} cannot be looked into, so it was not removed. Make it readable, then try again.");
            foreach (var entry in entries)
            {
                var path = current.Length == 0 ? entry.Name : $"{current}/{entry.Name}";
                if (path == ".git" && entry.Kind == PathKind.File)
                {
                    continue; // The worktree's own link to its metadata.
                }

                if (entry.Kind == PathKind.Folder && _folders.Contains(path))
                {
                    waiting.Push(path);
                }
                else if (entry.Kind is PathKind.Special or PathKind.Folder || !_files.Contains(path) || _mustKeep.Contains(path))
                {
                    units.Add(Measure(path, entry, cancellationToken));
                }
            }
        }
    }

    private RestUnit Measure(string path, HostEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Kind != PathKind.Folder)
        {
            return new RestUnit(path, entry.Kind, 1, entry.Bytes, entry.Bytes > KeepBounds.FileBytes ? [path] : [], [path], Counted: true);
        }

        var large = new List<string>();
        var sample = new List<string>();
        var bytes = 0L;
        var folders = 0;
        var waiting = new Queue<string>([path]);
        while (waiting.TryDequeue(out var current))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (HostFolder.List(Absolute(current)) is not { } entries)
            {
                // What cannot be looked into may be anything: it counts as a file of its own that is not ignored.
                sample.Add(current);
                continue;
            }

            foreach (var inner in entries)
            {
                var innerPath = $"{current}/{inner.Name}";
                if (inner.Kind == PathKind.Folder)
                {
                    folders++;
                    waiting.Enqueue(innerPath);
                }
                else
                {
                    sample.Add(innerPath);
                    if (inner.Bytes > KeepBounds.FileBytes)
                    {
                        large.Add(innerPath);
                    }
                    else
                    {
                        bytes += inner.Bytes;
                    }
                }

                if (sample.Count > KeepBounds.Files || folders > KeepBounds.Files)
                {
                    return new RestUnit(path, entry.Kind, sample.Count, bytes, large, sample, Counted: false);
                }
            }
        }

        return new RestUnit(path, entry.Kind, sample.Count, bytes, large, sample, Counted: true);
    }

    private string Absolute(string path) => path.Length == 0 ? _root : $"{_root}/{path}";
}

/// <summary>How much of a worktree's ignored files is kept when it is removed. Everything else is kept whatever its size.</summary>
internal static class KeepBounds
{
    /// <summary>A larger ignored file is listed and removed.</summary>
    public const long FileBytes = 16L * 1024 * 1024;

    /// <summary>Of all that is kept of ignored files; the smallest come first.</summary>
    public const long TotalBytes = 128L * 1024 * 1024;

    /// <summary>A folder with more ignored files than this (installed packages, build output) is listed and removed.</summary>
    public const int Files = 5_000;
}
