using System.Text;

namespace Agent.Ide.Git;

/// <summary>
/// Changes files of a tree and writes the trees that changed, reading no more than the folders on the way: the cost grows with what
/// changed, not with the repository.
/// </summary>
internal sealed class TreeEditor
{
    private const long MaxTreeBytes = 256L * 1024 * 1024;

    private readonly ObjectReader _reader;
    private readonly ObjectFormat _format;
    private readonly Node _root;

    public TreeEditor(ObjectReader reader, ObjectFormat format, string rootTree)
    {
        _reader = reader;
        _format = format;
        _root = new Node(rootTree);
    }

    /// <summary>What the tree has at a path, with the changes made so far; null when nothing.</summary>
    public async Task<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        var (folder, name) = await WalkAsync(path, cancellationToken);
        return folder is null ? null : (await FolderOfAsync(folder, cancellationToken)).Find(name);
    }

    /// <summary>Whether the path lies inside a submodule, whose content belongs to another repository.</summary>
    public async Task<bool> IsInsideSubmoduleAsync(string path, CancellationToken cancellationToken)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            switch (await FindAsync(path[..slash], cancellationToken))
            {
                case { IsSubmodule: true }:
                    return true;
                case not { IsFolder: true }:
                    return false;
            }
        }

        return false;
    }

    /// <summary>Every file, link and submodule below a folder, with its path.</summary>
    public async Task<List<(string Path, TreeEntry Entry)>> ListAsync(string folderPath, CancellationToken cancellationToken)
    {
        var result = new List<(string, TreeEntry)>();
        var (parent, name) = await WalkAsync(folderPath, cancellationToken);
        if (parent is not null && (await FolderOfAsync(parent, cancellationToken)).Find(name) is { IsFolder: true } entry)
        {
            await ListAsync(parent.Child(name, entry.Hash), folderPath, result, cancellationToken);
        }

        return result;
    }

    /// <summary>Puts a file there, in place of whatever stands in its way.</summary>
    public async Task SetAsync(string path, TreeEntry entry, CancellationToken cancellationToken)
    {
        var parts = Parts(path);
        var node = _root;
        for (var index = 0; index < parts.Length - 1; index++)
        {
            var folder = await FolderOfAsync(node, cancellationToken);
            node.Changed = true;
            if (folder.Find(parts[index]) is { IsFolder: true } child)
            {
                node = node.Child(parts[index], child.Hash);
                continue;
            }

            folder.Set(parts[index], new TreeEntry(TreeEntry.FolderMode, _format.ZeroHash));
            node = node.Replace(parts[index], new Node(TreeFolder.Empty()));
        }

        (await FolderOfAsync(node, cancellationToken)).Set(parts[^1], entry);
        node.Forget(parts[^1]);
        node.Changed = true;
    }

    /// <summary>Removes a file or a whole folder; folders that become empty go with it.</summary>
    public async Task RemoveAsync(string path, CancellationToken cancellationToken)
    {
        var parts = Parts(path);
        var way = new List<Node> { _root };
        for (var index = 0; index < parts.Length - 1; index++)
        {
            if ((await FolderOfAsync(way[^1], cancellationToken)).Find(parts[index]) is not { IsFolder: true } child)
            {
                return;
            }

            way.Add(way[^1].Child(parts[index], child.Hash));
        }

        for (var index = parts.Length - 1; index >= 0; index--)
        {
            var folder = await FolderOfAsync(way[index], cancellationToken);
            folder.Remove(parts[index]);
            way[index].Forget(parts[index]);
            if (!folder.IsEmpty)
            {
                break;
            }
        }

        foreach (var node in way)
        {
            node.Changed = true;
        }
    }

    /// <summary>Adds the changed trees to a batch.</summary>
    /// <returns>The hash of the root tree.</returns>
    public string Write(ObjectBatch batch) => Write(_root, batch);

    private static string Write(Node node, ObjectBatch batch)
    {
        if (!node.Changed)
        {
            return node.Hash;
        }

        foreach (var (name, child) in node.Children)
        {
            if (child.Changed)
            {
                node.Folder!.Set(name, new TreeEntry(TreeEntry.FolderMode, Write(child, batch)));
            }
        }

        return batch.Add("tree", node.Folder!.ToBytes());
    }

    private async Task ListAsync(Node node, string path, List<(string, TreeEntry)> result, CancellationToken cancellationToken)
    {
        foreach (var (name, entry) in (await FolderOfAsync(node, cancellationToken)).Entries)
        {
            var entryPath = $"{path}/{GitPath.Decode(Encoding.Latin1.GetBytes(name))}";
            if (entry.IsFolder)
            {
                await ListAsync(node.Child(name, entry.Hash), entryPath, result, cancellationToken);
            }
            else
            {
                result.Add((entryPath, entry));
            }
        }
    }

    private async Task<(Node? Folder, string Name)> WalkAsync(string path, CancellationToken cancellationToken)
    {
        var parts = Parts(path);
        var node = _root;
        for (var index = 0; index < parts.Length - 1; index++)
        {
            if ((await FolderOfAsync(node, cancellationToken)).Find(parts[index]) is not { IsFolder: true } child)
            {
                return (null, parts[^1]);
            }

            node = node.Child(parts[index], child.Hash);
        }

        return (node, parts[^1]);
    }

    private async ValueTask<TreeFolder> FolderOfAsync(Node node, CancellationToken cancellationToken)
    {
        if (node.Folder is null)
        {
            var (_, content) = await _reader.ReadAsync(node.Hash, MaxTreeBytes, cancellationToken)
                ?? throw new GitException(GitProblem.CommandFailed, $"The tree {node.Hash} is missing from the repository. Run git fsck.");
            node.Folder = TreeFolder.Parse(content, _format);
        }

        return node.Folder;
    }

    private static string[] Parts(string path) => Encoding.Latin1.GetString(GitPath.Encode(path)).Split('/');

    private sealed class Node
    {
        public Node(string hash)
        {
            Hash = hash;
        }

        public Node(TreeFolder folder)
        {
            Hash = string.Empty;
            Folder = folder;
            Changed = true;
        }

        /// <summary>As read; of no meaning once changed.</summary>
        public string Hash { get; }

        public TreeFolder? Folder { get; set; }

        public bool Changed { get; set; }

        public Dictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public Node Child(string name, string hash)
        {
            if (!Children.TryGetValue(name, out var child))
            {
                Children.Add(name, child = new Node(hash));
            }

            return child;
        }

        public Node Replace(string name, Node child) => Children[name] = child;

        public void Forget(string name) => Children.Remove(name);
    }
}
