using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>
/// What of a removed worktree no commit can or may hold, kept as files: moved, not copied, into a folder of the harness that no sandbox sees and
/// no clone takes along. Ignored files are often secrets, and objects of the repository can be read by every agent.
/// </summary>
/// <remarks>
/// The folder holds a list of paths, written whole before anything is moved, and each of them under its number in that list. Whoever finds the
/// list goes on where a killed process stopped, in either direction.
/// </remarks>
internal sealed class SetAside
{
    private const string ListName = "paths";

    private readonly string _folder;

    private SetAside(string folder)
    {
        _folder = folder;
    }

    /// <summary>True when there is something to bring back.</summary>
    public bool Exists => File.Exists(Path.Combine(_folder, ListName));

    /// <summary>What belongs to a kept ref, wherever it lies.</summary>
    /// <param name="commonDirectory">Of the repository.</param>
    /// <param name="root">Where the worktree was; null when that is not known.</param>
    /// <param name="id">The task's.</param>
    /// <param name="number">Of the kept ref.</param>
    public static SetAside Find(string commonDirectory, string? root, string id, int number)
    {
        var usual = FolderOf(Path.Combine(commonDirectory, "agent-ide", "kept"), id, number);
        var beside = root is null ? usual : FolderOf(BesideOf(root), id, number);
        return new SetAside(Directory.Exists(beside) ? beside : usual);
    }

    /// <summary>Moves these out of the worktree; goes on where an earlier call was interrupted.</summary>
    /// <param name="commonDirectory">Of the repository.</param>
    /// <param name="root">Where the worktree was. Beside it is the place where the repository lies on another file system.</param>
    /// <param name="now">Where its files are now.</param>
    /// <param name="id">The task's.</param>
    /// <param name="number">Of the kept ref.</param>
    /// <param name="paths">Relative to the worktree.</param>
    public static void Move(string commonDirectory, string root, string now, string id, int number, IReadOnlyList<string> paths)
    {
        var aside = Find(commonDirectory, root, id, number);
        if (aside.Exists)
        {
            aside.Continue(now);
            return;
        }

        if (paths.Count == 0)
        {
            return;
        }

        aside.Prepare(paths);
        if (aside.TryMoveAll(now))
        {
            return;
        }

        Directory.Delete(aside._folder, recursive: true);
        var beside = new SetAside(FolderOf(BesideOf(root), id, number));
        beside.Prepare(paths);
        beside.Continue(now);
    }

    /// <summary>Goes on with a list that was written by a process that was killed.</summary>
    public void Continue(string now)
    {
        if (!TryMoveAll(now))
        {
            throw new GitException(
                GitProblem.Storage, $"{now} and {_folder} lie on different file systems. Move what is left by hand, then remove the folder.");
        }
    }

    /// <summary>Moves everything back and removes the folder.</summary>
    /// <returns>Paths whose place is taken by something else; they stay aside.</returns>
    public IReadOnlyList<string> BringBack(string root)
    {
        if (!Exists)
        {
            return [];
        }

        var taken = new List<string>();
        var paths = ReadList();
        for (var number = 0; number < paths.Count; number++)
        {
            var source = SlotOf(number);
            var kind = HostFolder.Look(source);
            if (kind == PathKind.Missing)
            {
                continue;
            }

            if (!MakeParents(root, paths[number]) || !Merge(source, kind, $"{root}/{paths[number]}"))
            {
                taken.Add(paths[number]);
            }
        }

        if (taken.Count == 0)
        {
            Delete();
        }

        return taken;
    }

    /// <summary>Removes what was set aside, for good.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(_folder))
        {
            await FolderRemoval.RemoveAsync(_folder, cancellationToken);
            RemoveIfEmpty(Path.GetDirectoryName(_folder)!);
        }
    }

    private static string BesideOf(string root) => Path.Combine(Path.GetDirectoryName(root)!, ".agent-ide-kept");

    private static string FolderOf(string parent, string id, int number) =>
        Path.Combine(parent, id, number.ToString(CultureInfo.InvariantCulture));

    private string SlotOf(int number) => Path.Combine(_folder, number.ToString(CultureInfo.InvariantCulture));

    private void Prepare(IReadOnlyList<string> paths)
    {
        CreatePrivate(_folder);
        var draft = Path.Combine(_folder, ListName + ".draft");
        using (var stream = new FileStream(draft, FileMode.Create))
        {
            stream.Write(GitPath.EncodeNulTerminated(paths));
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, Path.Combine(_folder, ListName));
        Merging.Accept.NativeFiles.FlushFolder(_folder);
    }

    private bool TryMoveAll(string now)
    {
        var paths = ReadList();
        for (var number = 0; number < paths.Count; number++)
        {
            var source = $"{now}/{paths[number]}";
            if (HostFolder.Look(source) != PathKind.Missing && HostFolder.Look(SlotOf(number)) == PathKind.Missing
                && !HostFolder.Move(source, SlotOf(number)))
            {
                return false;
            }
        }

        Merging.Accept.NativeFiles.FlushFolder(_folder);
        return true;
    }

    private List<string> ReadList()
    {
        var paths = new List<string>();
        ReadOnlySpan<byte> rest = File.ReadAllBytes(Path.Combine(_folder, ListName));
        for (var end = rest.IndexOf((byte)0); end >= 0; end = rest.IndexOf((byte)0))
        {
            paths.Add(GitPath.Decode(rest[..end]));
            rest = rest[(end + 1)..];
        }

        return paths;
    }

    /// <summary>A file takes the place of the one the commit had; the content of a folder joins what is in one of that name.</summary>
    /// <returns>False when something is in the way.</returns>
    private static bool Merge(string source, PathKind kind, string target)
    {
        var there = HostFolder.Look(target);
        if (there == PathKind.File && kind == PathKind.File && target.EndsWith("/.git", StringComparison.Ordinal))
        {
            // A submodule's link to its repository, which the restore has made anew.
            HostFolder.DeleteFile(source);
            return true;
        }

        if (there == PathKind.Missing || (there != PathKind.Folder && kind != PathKind.Folder))
        {
            return HostFolder.Move(source, target) ? true : throw new GitException(
                GitProblem.Storage, $"{source} cannot be moved to {target}, which is on another file system. Move it by hand.");
        }

        if (there != PathKind.Folder || kind != PathKind.Folder)
        {
            return false;
        }

        var all = true;
        foreach (var entry in HostFolder.List(source) ?? [])
        {
            all &= Merge($"{source}/{entry.Name}", entry.Kind, $"{target}/{entry.Name}");
        }

        if (all)
        {
            Directory.Delete(source);
        }

        return all;
    }

    private static bool MakeParents(string root, string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            var folder = $"{root}/{path[..slash]}";
            switch (HostFolder.Look(folder))
            {
                case PathKind.Folder:
                    break;
                case PathKind.Missing when HostFolder.CreateFolder(folder):
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private void Delete()
    {
        // The list goes last: without it nothing in the folder would be found again.
        foreach (var entry in Directory.EnumerateFiles(_folder).Where(file => Path.GetFileName(file) != ListName))
        {
            File.Delete(entry);
        }

        File.Delete(Path.Combine(_folder, ListName));
        Directory.Delete(_folder);
        RemoveIfEmpty(Path.GetDirectoryName(_folder)!);
    }

    private static void RemoveIfEmpty(string folder)
    {
        for (var level = 0; level < 2 && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any(); level++)
        {
            Directory.Delete(folder);
            folder = Path.GetDirectoryName(folder)!;
        }
    }

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
