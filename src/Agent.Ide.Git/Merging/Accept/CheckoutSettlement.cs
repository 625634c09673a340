namespace Agent.Ide.Git.Merging.Accept;

/// <summary>
/// Brings the files of an interrupted accept to one of its two sides, whatever mixture the interruption left. A file that is as on the
/// other side, missing, or cut short is replaced; one that is anything else is the user's edit since, stays, and is pinned.
/// </summary>
internal sealed class CheckoutSettlement
{
    private readonly GitRepository _repository;
    private readonly GitCheckout _checkout;
    private readonly AcceptJournal _journal;
    private readonly string _folder;
    private readonly KeptFiles _kept;

    public CheckoutSettlement(GitRepository repository, AcceptJournal journal, string folder, KeptFiles kept)
    {
        _repository = repository;
        _checkout = new GitCheckout(journal.Checkout, journal.GitDirectory);
        _journal = journal;
        _folder = folder;
        _kept = kept;
    }

    /// <param name="Index">An index that matches the files; the caller publishes it.</param>
    /// <param name="Rewrote">Files had to be replaced or removed.</param>
    /// <param name="Kept">The user's edits that were left in place.</param>
    internal sealed record Result(string Index, bool Rewrote, IReadOnlyList<KeptFile> Kept);

    /// <summary>Where no old file lies under a second name.</summary>
    public static readonly IReadOnlyDictionary<string, string> NoOldFiles = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <param name="from">The commit whose files may be replaced.</param>
    /// <param name="to">The commit whose files are wanted.</param>
    /// <param name="index">An index at the wanted side for the changed paths; it is copied.</param>
    /// <param name="old">Files as they were before, by path: put back as they are, which needs no filter.</param>
    /// <param name="cancellationToken">Stops it half-way; it can be begun again.</param>
    /// <exception cref="GitException">A filter fails without which some files cannot be brought there; all others are.</exception>
    public async Task<Result> SettleAsync(
        string from, string to, string index, IReadOnlyDictionary<string, string> old, CancellationToken cancellationToken)
    {
        var changes = (await TreeChange.ReadAsync(_repository.Objects, from, to, cancellationToken)).Where(change => !change.IsSubmodule).ToList();
        var wanted = CopyOf(index, "wanted");
        var other = CopyOf(index, "other");
        var git = AcceptProcesses.Marked(_repository.On(_checkout), _journal).WithSetting("core.trustctime", "false");
        await git.WithIndex(other).RunAsync(
            ["update-index", "--replace", "-z", "--index-info"], Entries(changes.Select(change => (change.Path, change.OldMode, change.OldHash))), cancellationToken);
        var notWanted = await DirtyFiles.FindAsync(git, wanted, cancellationToken);
        var notOther = await DirtyFiles.FindAsync(git, other, cancellationToken);
        var present = new PresentContent(git, _checkout.Root, from, to);

        var write = new List<(string Path, bool IsThere)>();
        var remove = new List<string>();
        var edits = new List<string>();
        var stuck = new StuckFiles(_checkout.Root);
        foreach (var change in changes)
        {
            var there = NativeFiles.Look(_checkout.Root, change.Path) == FileKind.File;
            var isUndecided = there && (notWanted.IsUndecided(change.Path) || notOther.IsUndecided(change.Path));
            var isWanted = change.IsDeleted ? !there : there && !notWanted.IsUndecided(change.Path) && !notWanted.Contains(change.Path);
            var isOther = change.IsAdded ? !there : there && !notOther.IsUndecided(change.Path) && !notOther.Contains(change.Path);
            if (isWanted)
            {
                continue;
            }

            switch (isOther || !there ? ContentSide.Replaceable : await present.LookAsync(change, isUndecided, cancellationToken))
            {
                case ContentSide.Replaceable when change.IsDeleted:
                    remove.Add(change.Path);
                    break;
                case ContentSide.Replaceable:
                    write.Add((change.Path, there));
                    break;
                case ContentSide.Edited:
                    edits.Add(change.Path);
                    break;
                case ContentSide.Unknown when (notOther.Failure ?? notWanted.Failure) is { } failure:
                    stuck.Add(failure, [change.Path]);
                    break;
            }
        }

        foreach (var path in remove)
        {
            Remove(path);
        }

        // Told to force, git would clear a whole folder out of a file's way.
        write.RemoveAll(file => IsBlocked(file.Path));
        var missing = write.Where(file => !TryPutBack(file.Path, file.IsThere, old)).Select(file => file.Path).ToList();
        await WriteAsync(git.WithIndex(wanted), missing, stuck, cancellationToken);
        stuck.ThrowIfAny();
        return new Result(wanted, write.Count + remove.Count > 0, await _kept.CopyAsync(edits, cancellationToken));
    }

    private bool TryPutBack(string path, bool isThere, IReadOnlyDictionary<string, string> old)
    {
        if (!old.TryGetValue(path, out var kept) || path.Any(char.IsSurrogate))
        {
            return false;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_checkout.Root, path))!);
        return NativeFiles.TryPutBack(kept, _checkout.Root, path, replace: isThere);
    }

    /// <summary>Has git write files; those of a filter that fails are left, so that it does not keep the others from being written.</summary>
    private static async Task WriteAsync(GitCommand git, List<string> paths, StuckFiles stuck, CancellationToken cancellationToken)
    {
        string[] arguments = ["checkout-index", "--force", "--index", "--quiet", "-z", "--stdin"];
        while (paths.Count > 0)
        {
            var output = await git.TryRunAsync(arguments, GitPath.EncodeNulTerminated(paths), cancellationToken);
            if (output.ExitCode == 0)
            {
                return;
            }

            if (FilterFailure.Find(arguments, output) is not { } failure
                || await DirtyFiles.FilteredAsync(git, paths, failure.Filter, cancellationToken) is not { Count: > 0 } filtered)
            {
                throw GitCommand.Failure(arguments, output);
            }

            stuck.Add(failure, filtered);
            paths = [.. paths.Except(filtered, StringComparer.Ordinal)];
        }
    }

    private string CopyOf(string index, string name)
    {
        var copy = Path.Combine(_folder, name);
        File.Copy(index, copy, overwrite: true);
        // A git that was killed while it wrote the copy left its lock; none runs any more.
        File.Delete(copy + ".lock");
        return copy;
    }

    private static byte[] Entries(IEnumerable<(string Path, string Mode, string Hash)> entries) =>
        GitPath.EncodeNulTerminated(entries.OrderBy(entry => entry.Mode != "000000")
            .Select(entry => $"{(entry.Mode == "000000" ? "0" : entry.Mode)} {entry.Hash}\t{entry.Path}"));

    private bool IsBlocked(string path) =>
        NativeFiles.Look(_checkout.Root, path) == FileKind.Folder
        || ChangedPaths.FoldersOf(path).Any(folder => NativeFiles.Look(_checkout.Root, folder) == FileKind.File);

    /// <summary>Deletes a file and the folders that this leaves empty, as git does.</summary>
    private void Remove(string path)
    {
        File.Delete(Path.Combine(_checkout.Root, path));
        foreach (var folder in ChangedPaths.FoldersOf(path))
        {
            var full = Path.Combine(_checkout.Root, folder);
            if (Directory.EnumerateFileSystemEntries(full).Any())
            {
                return;
            }

            Directory.Delete(full);
        }
    }
}
