namespace Agent.Ide.Git;

/// <summary>
/// The tree of a notes ref: an entry per annotated object, named by its hash, split after every two digits into folders or not.
/// Git reads any mixture of both and so does this; new entries go flat into a folder until it is full, then one level deeper.
/// </summary>
internal sealed class NotesTree
{
    /// <summary>As many as there are folders on the next level: beyond it git itself splits, too.</summary>
    private const int FlatEntries = 256;

    private const long MaxTreeBytes = 16L * 1024 * 1024;
    private const int DigitsPerFolder = 2;

    private readonly ObjectReader _reader;
    private readonly ObjectFormat _format;
    private readonly Folder _root;

    /// <param name="reader">Of the repository.</param>
    /// <param name="format">Its hashes.</param>
    /// <param name="tree">Hash of the tree; null for one without entries.</param>
    public NotesTree(ObjectReader reader, ObjectFormat format, string? tree)
    {
        _reader = reader;
        _format = format;
        _root = tree is null ? new Folder(string.Empty) { Content = TreeFolder.Empty(), IsChanged = true } : new Folder(tree);
    }

    /// <returns>The note's blob; null when the object has none.</returns>
    public async Task<string?> FindAsync(string annotated, CancellationToken cancellationToken)
    {
        var (folder, name, _) = await WalkAsync(annotated, cancellationToken);
        return folder.Content!.Find(name) is { IsFolder: false } entry ? entry.Hash : null;
    }

    public async Task SetAsync(string annotated, string blob, CancellationToken cancellationToken)
    {
        var (folder, name, way) = await WalkAsync(annotated, cancellationToken);
        folder.Content!.Set(name, new TreeEntry(TreeEntry.FileMode, blob));
        folder.IsChanged = true;
        foreach (var above in way)
        {
            above.IsChanged = true;
        }
    }

    /// <summary>Every annotated object.</summary>
    public async Task<HashSet<string>> ListAsync(CancellationToken cancellationToken)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        await ListAsync(_root, string.Empty, all, cancellationToken);
        return all;
    }

    /// <summary>Adds the trees that changed to a batch.</summary>
    /// <returns>The root's hash.</returns>
    public string Write(ObjectBatch batch) => Write(_root, batch);

    private static string Write(Folder folder, ObjectBatch batch)
    {
        if (!folder.IsChanged)
        {
            return folder.Hash;
        }

        foreach (var (name, child) in folder.Children)
        {
            if (child.IsChanged)
            {
                folder.Content!.Set(name, new TreeEntry(TreeEntry.FolderMode, Write(child, batch)));
            }
        }

        return batch.Add("tree", folder.Content!.ToBytes());
    }

    /// <summary>The folder and name under which an object's note is, or would be put.</summary>
    private async Task<(Folder Folder, string Name, List<Folder> Way)> WalkAsync(string annotated, CancellationToken cancellationToken)
    {
        var way = new List<Folder>();
        var folder = _root;
        var rest = annotated;
        while (true)
        {
            var content = await ContentOfAsync(folder, cancellationToken);
            if (content.Find(rest) is { IsFolder: false } || rest.Length <= DigitsPerFolder)
            {
                return (folder, rest, way);
            }

            var name = rest[..DigitsPerFolder];
            if (!folder.Children.TryGetValue(name, out var child))
            {
                if (content.Find(name) is { IsFolder: true } entry)
                {
                    child = new Folder(entry.Hash);
                }
                else if (content.Entries.Count(item => !item.Entry.IsFolder) < FlatEntries)
                {
                    return (folder, rest, way);
                }
                else
                {
                    child = new Folder(string.Empty) { Content = TreeFolder.Empty() };
                }

                folder.Children.Add(name, child);
            }

            way.Add(folder);
            folder = child;
            rest = rest[DigitsPerFolder..];
        }
    }

    private async Task ListAsync(Folder folder, string prefix, HashSet<string> all, CancellationToken cancellationToken)
    {
        foreach (var (name, entry) in (await ContentOfAsync(folder, cancellationToken)).Entries)
        {
            var annotated = prefix + name;
            if (!entry.IsFolder && _format.IsHash(annotated))
            {
                all.Add(annotated);
            }
            else if (entry.IsFolder && name.Length == DigitsPerFolder && annotated.Length < _format.ZeroHash.Length)
            {
                await ListAsync(new Folder(entry.Hash), annotated, all, cancellationToken);
            }
        }
    }

    private async ValueTask<TreeFolder> ContentOfAsync(Folder folder, CancellationToken cancellationToken)
    {
        if (folder.Content is null)
        {
            var (header, content) = await _reader.ReadAsync(folder.Hash, MaxTreeBytes, cancellationToken)
                ?? throw new GitException(GitProblem.CommandFailed, $"The tree {folder.Hash} of a notes ref is missing from the repository. Run git fsck.");
            folder.Content = header.Type == "tree"
                ? TreeFolder.Parse(content, _format)
                : throw new GitException(GitProblem.CommandFailed, $"{folder.Hash} in a notes ref is no tree. Run git fsck.");
        }

        return folder.Content;
    }

    private sealed class Folder(string hash)
    {
        /// <summary>As read; of no meaning once changed.</summary>
        public string Hash { get; } = hash;

        public TreeFolder? Content { get; set; }

        public bool IsChanged { get; set; }

        public Dictionary<string, Folder> Children { get; } = new(StringComparer.Ordinal);
    }
}
