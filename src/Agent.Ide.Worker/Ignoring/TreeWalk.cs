using System.IO.Enumeration;
using System.Text;
using Agent.Ide.Worker.Files;

namespace Agent.Ide.Worker.Ignoring;

/// <summary>
/// Lists the files of a worktree that git would not ignore, hidden ones included, git's own left out, folder by folder in the
/// order of their names. Links are listed, never followed.
/// </summary>
internal sealed class TreeWalk
{
    /// <summary>A generated tree deeper than this is cut off rather than followed.</summary>
    private const int MaxDepth = 200;

    private readonly IWorktreeFiles _files;

    public TreeWalk(IWorktreeFiles files)
    {
        _files = files;
    }

    /// <summary>Files below a folder. The folder itself may be ignored: who names it wants it.</summary>
    /// <param name="folder">Without links.</param>
    /// <param name="cancellationToken">Looked at for every entry.</param>
    public IEnumerable<WalkedFile> Below(WorktreePath folder, CancellationToken cancellationToken)
    {
        var scope = IgnoreScope.Root(Exclude());
        var above = WorktreePath.ParseFolder(string.Empty);
        scope = scope.Enter(string.Empty, FileOf(above));
        foreach (var component in folder.Components)
        {
            above = above.Append(component);
            scope = scope.Enter(above.ToString(), FileOf(above));
        }

        return Walk(folder.ToString(), scope, folder.Components.Count, cancellationToken);
    }

    private IEnumerable<WalkedFile> Walk(string folder, IgnoreScope scope, int depth, CancellationToken cancellationToken)
    {
        foreach (var (name, isDirectory, isLink) in Entries(folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (WorktreePath.IsGit(name))
            {
                continue;
            }

            var path = folder.Length == 0 ? name : $"{folder}/{name}";
            if (scope.IsIgnored(path, isDirectory))
            {
                continue;
            }

            if (!isDirectory)
            {
                yield return new WalkedFile(path, isLink);
                continue;
            }

            if (depth < MaxDepth)
            {
                var inner = scope.Enter(path, FileOf(WorktreePath.ParseFolder(path)));
                foreach (var file in Walk(path, inner, depth + 1, cancellationToken))
                {
                    yield return file;
                }
            }
        }
    }

    private List<(string Name, bool IsDirectory, bool IsLink)> Entries(string folder)
    {
        var entries = new List<(string Name, bool IsDirectory, bool IsLink)>();
        try
        {
            var found = new FileSystemEnumerable<(string, bool, bool)>(
                Path.Combine(_files.RootPath, folder),
                static (ref FileSystemEntry entry) =>
                {
                    var isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
                    return (entry.FileName.ToString(), entry.IsDirectory && !isLink, isLink);
                },
                new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true, RecurseSubdirectories = false });

            // A name that is not UTF-8 comes with a replacement character; no tool could name the file again.
            entries.AddRange(found.Where(static entry => !entry.Item1.Contains('\ufffd', StringComparison.Ordinal)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Removed or closed while it was looked at: there is nothing to list in it.
            return [];
        }

        entries.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return entries;
    }

    private IgnoreFile? FileOf(WorktreePath folder)
    {
        var path = folder.Append(".gitignore");
        if (!File.Exists(Path.Combine(_files.RootPath, path.ToString())))
        {
            return null;
        }

        try
        {
            using var file = _files.OpenRead(path);
            return file.Length == 0 || file.Length > IgnoreFile.MaxBytes
                ? null
                : IgnoreFile.Parse(Encoding.UTF8.GetString(file.ReadAll(IgnoreFile.MaxBytes)));
        }
        catch (ToolFailureException)
        {
            // A FIFO or a link out of the tree by that name ignores nothing.
            return null;
        }
    }

    private IgnoreFile Exclude()
    {
        var path = RepositoryExclude.Find(_files.RootPath);
        return IgnoreFile.Parse(path is null || new FileInfo(path).Length > IgnoreFile.MaxBytes ? string.Empty : File.ReadAllText(path));
    }
}

/// <param name="Path">Relative to the worktree, with <c>/</c>.</param>
/// <param name="IsLink">A symbolic link, which searches do not follow.</param>
internal readonly record struct WalkedFile(string Path, bool IsLink);
