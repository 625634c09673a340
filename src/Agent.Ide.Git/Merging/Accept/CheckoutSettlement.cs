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

    /// <param name="from">The commit whose files may be replaced.</param>
    /// <param name="to">The commit whose files are wanted.</param>
    /// <param name="index">An index at the wanted side for the changed paths; it is copied.</param>
    /// <param name="cancellationToken">Stops it half-way; it can be begun again.</param>
    public async Task<Result> SettleAsync(string from, string to, string index, CancellationToken cancellationToken)
    {
        var changes = (await TreeChange.ReadAsync(_repository.Objects, from, to, cancellationToken)).Where(change => !change.IsSubmodule).ToList();
        var wanted = CopyOf(index, "wanted");
        var other = CopyOf(index, "other");
        var git = AcceptProcesses.Marked(_repository.On(_checkout), _journal).WithSetting("core.trustctime", "false");
        await git.WithIndex(other).RunAsync(
            ["update-index", "--replace", "-z", "--index-info"], Entries(changes.Select(change => (change.Path, change.OldMode, change.OldHash))), cancellationToken);
        var notWanted = await DirtyAsync(git.WithIndex(wanted), cancellationToken);
        var notOther = await DirtyAsync(git.WithIndex(other), cancellationToken);

        var write = new List<string>();
        var remove = new List<string>();
        var edits = new List<string>();
        foreach (var change in changes)
        {
            var there = NativeFiles.Look(_checkout.Root, change.Path) == FileKind.File;
            var isWanted = change.IsDeleted ? !there : there && !notWanted.Contains(change.Path);
            var isOther = change.IsAdded ? !there : there && !notOther.Contains(change.Path);
            if (isWanted)
            {
                continue;
            }

            if (isOther || !there || await IsCutShortAsync(change, from, to, cancellationToken))
            {
                (change.IsDeleted ? remove : write).Add(change.Path);
            }
            else
            {
                edits.Add(change.Path);
            }
        }

        var kept = await _kept.CopyAsync(edits, cancellationToken);
        foreach (var path in remove)
        {
            Remove(path);
        }

        // Told to force, git would clear a whole folder out of a file's way.
        write.RemoveAll(IsBlocked);
        if (write.Count > 0)
        {
            await git.WithIndex(wanted).RunAsync(
                ["checkout-index", "--force", "--index", "--quiet", "-z", "--stdin"], GitPath.EncodeNulTerminated(write), cancellationToken);
        }

        return new Result(wanted, write.Count + remove.Count > 0, kept);
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

    private static async Task<HashSet<string>> DirtyAsync(GitCommand git, CancellationToken cancellationToken)
    {
        // Exit code 1 says that something is dirty, which is the question.
        await git.TryRunAsync(["update-index", "-q", "--refresh"], default, cancellationToken);
        var output = await git.RunAsync(["diff-files", "-z", "--name-only", "--ignore-submodules=all"], default, cancellationToken);
        return output.NulTerminated.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Whether a file holds only the beginning of what one of the sides has there: a write that a crash interrupted.</summary>
    private async Task<bool> IsCutShortAsync(TreeChange change, string from, string to, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(_checkout.Root, change.Path));
        if (!file.Exists || file.LinkTarget is not null)
        {
            return false;
        }

        foreach (var commit in (string[])[from, to])
        {
            var whole = await SmudgedContent.ReadAsync(AcceptProcesses.Marked(_repository.On(_checkout), _journal), commit, change.Path, cancellationToken);
            if (whole is null || file.Length >= whole.Length)
            {
                continue;
            }

            var present = await File.ReadAllBytesAsync(file.FullName, cancellationToken);
            if (whole.AsSpan().StartsWith(present))
            {
                return true;
            }
        }

        return false;
    }

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
