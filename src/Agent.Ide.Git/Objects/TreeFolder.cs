using System.Buffers;
using System.Text;

namespace Agent.Ide.Git;

/// <summary>A tree object, parsed, whose entries can be changed. Names are kept as Latin-1 text: one character is one byte.</summary>
internal sealed class TreeFolder
{
    private readonly List<Item> _items;

    private TreeFolder(List<Item> items)
    {
        _items = items;
    }

    public bool IsEmpty => _items.Count == 0;

    public static TreeFolder Empty() => new([]);

    /// <exception cref="GitException">The bytes are no tree.</exception>
    public static TreeFolder Parse(ReadOnlySpan<byte> content, ObjectFormat format)
    {
        var items = new List<Item>();
        while (!content.IsEmpty)
        {
            var space = content.IndexOf((byte)' ');
            var end = content.IndexOf((byte)0);
            if (space < 0 || end < space || content.Length < end + 1 + format.HashBytes)
            {
                throw new GitException(GitProblem.CommandFailed, "A tree object of the repository is damaged. Run git fsck.");
            }

            var name = Encoding.Latin1.GetString(content[(space + 1)..end]);
            var hash = Convert.ToHexStringLower(content.Slice(end + 1, format.HashBytes));
            items.Add(new Item(name, new TreeEntry(ModeOf(content[..space]), hash)));
            content = content[(end + 1 + format.HashBytes)..];
        }

        return new TreeFolder(items);
    }

    public TreeEntry? Find(string name) => IndexOf(name) is var index and >= 0 ? _items[index].Entry : null;

    /// <summary>Adds or replaces an entry.</summary>
    public void Set(string name, TreeEntry entry)
    {
        var existing = IndexOf(name);
        if (existing >= 0)
        {
            if (_items[existing].Entry.IsFolder == entry.IsFolder)
            {
                _items[existing] = new Item(name, entry);
                return;
            }

            // A folder sorts elsewhere than a file of the same name.
            _items.RemoveAt(existing);
        }

        _items.Insert(~Search(name, entry.IsFolder), new Item(name, entry));
    }

    public void Remove(string name)
    {
        var index = IndexOf(name);
        if (index >= 0)
        {
            _items.RemoveAt(index);
        }
    }

    public IEnumerable<(string Name, TreeEntry Entry)> Entries => _items.Select(item => (item.Name, item.Entry));

    public byte[] ToBytes()
    {
        var bytes = new ArrayBufferWriter<byte>(_items.Count * 48 + 16);
        foreach (var (name, entry) in _items)
        {
            Encoding.ASCII.GetBytes(entry.Mode, bytes);
            bytes.Write(" "u8);
            Encoding.Latin1.GetBytes(name, bytes);
            bytes.Write("\0"u8);
            bytes.Write(Convert.FromHexString(entry.Hash));
        }

        return bytes.WrittenSpan.ToArray();
    }

    private int IndexOf(string name)
    {
        var index = Search(name, isFolder: false);
        return index >= 0 ? index : Search(name, isFolder: true);
    }

    /// <summary>In git's order: byte by byte, a folder as if its name ended in a slash.</summary>
    private int Search(string name, bool isFolder)
    {
        var low = 0;
        var high = _items.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var item = _items[middle];
            var order = Compare(item.Name, item.Entry.IsFolder, name, isFolder);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    private static int Compare(string left, bool leftIsFolder, string right, bool rightIsFolder)
    {
        var common = Math.Min(left.Length, right.Length);
        var order = string.CompareOrdinal(left, 0, right, 0, common);
        return order != 0 ? order : After(left, common, leftIsFolder) - After(right, common, rightIsFolder);

        static int After(string name, int length, bool isFolder) => name.Length > length ? name[length] : isFolder ? '/' : 0;
    }

    /// <summary>The usual modes share one string each.</summary>
    private static string ModeOf(ReadOnlySpan<byte> mode) =>
        mode.SequenceEqual("100644"u8) ? TreeEntry.FileMode
        : mode.SequenceEqual("40000"u8) ? TreeEntry.FolderMode
        : mode.SequenceEqual("100755"u8) ? TreeEntry.ExecutableMode
        : mode.SequenceEqual("120000"u8) ? TreeEntry.LinkMode
        : Encoding.ASCII.GetString(mode);

    private readonly record struct Item(string Name, TreeEntry Entry);
}
