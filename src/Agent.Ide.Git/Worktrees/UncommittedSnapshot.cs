using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>
/// The user's uncommitted work as a commit on their HEAD: staged, modified, untracked and deleted files, modes, links and the commits their
/// submodules are at. Built with a copy of the index, so that neither the user's index nor their files are touched.
/// </summary>
internal sealed class UncommittedSnapshot
{
    /// <summary>Bound of all carried files together: what is carried becomes objects of the repository.</summary>
    internal const long MaxBytes = 4L * 1024 * 1024 * 1024;

    private readonly GitStore _store;
    private readonly GitCheckout _checkout;
    private readonly long _maxFileBytes;
    private readonly List<string> _notices = [];
    private readonly List<string> _stored = [];
    private readonly List<string> _removed = [];
    private long _bytes;

    /// <param name="store">Of the repository.</param>
    /// <param name="checkout">The user's.</param>
    /// <param name="maxFileBytes">A larger file stays as it was staged or committed, and is named in <see cref="Notices"/>.</param>
    public UncommittedSnapshot(GitStore store, GitCheckout checkout, long maxFileBytes)
    {
        _store = store;
        _checkout = checkout;
        _maxFileBytes = maxFileBytes;
    }

    /// <summary>One line each: what is not carried although it is uncommitted.</summary>
    public IReadOnlyList<string> Notices => _notices;

    /// <returns>The synthetic commit; HEAD's own when nothing is uncommitted.</returns>
    /// <exception cref="GitException">
    /// <see cref="GitProblem.OperationInProgress"/> when a path is unmerged, <see cref="GitProblem.TooLarge"/>, <see cref="GitProblem.FilterFailed"/>.
    /// </exception>
    public async Task<string> StoreAsync(GitHead head, CancellationToken cancellationToken)
    {
        using var staging = _store.NewStaging();
        var index = Path.Combine(_checkout.GitDirectory, "index");
        if (File.Exists(index))
        {
            File.Copy(index, staging.IndexFile);
        }

        // A split index would be written back in two parts, one of them into the user's git directory.
        var command = _store.Repository.On(_checkout)
            .WithIndex(staging.IndexFile)
            .WithIdentity(GitIdentity.Agent, _store.Clock.Now)
            .WithSetting("core.fsync", "loose-object")
            .WithSetting("core.safecrlf", "false")
            .WithSetting("core.splitIndex", "false")
            .WithSetting("core.untrackedCache", "false");
        await CheckMergedAsync(command, cancellationToken);

        // Files whose times alone changed drop out of the list; an exit code of 1 only says that some did not.
        await command.TryRunAsync(["update-index", "-q", "--refresh", "--ignore-submodules"], default, cancellationToken);
        var changed = await command.RunAsync(["diff-files", "--raw", "-z", "--ignore-submodules=dirty"], default, cancellationToken);
        var untracked = await command.RunAsync(["ls-files", "--others", "--exclude-standard", "-z"], default, cancellationToken);
        Sort(changed.NulTerminated, untracked.NulTerminated, cancellationToken);

        // Removals first, so that a folder may take a file's place and the other way round. What vanished in the meantime is no longer there
        // to be carried, which is what the user sees.
        await UpdateAsync(command, ["update-index", "--force-remove", "-z", "--stdin"], _removed, cancellationToken);
        await UpdateAsync(command, ["update-index", "--add", "--remove", "-z", "--stdin"], _stored, cancellationToken);
        var tree = await command.ReadLineAsync(["write-tree"], cancellationToken);
        if (await _store.ReadCommitAsync(head.Commit!, cancellationToken) is { } commit && commit.Tree == tree)
        {
            return commit.Hash;
        }

        var from = head.Branch is null ? "a detached HEAD" : head.Branch.Replace("refs/heads/", string.Empty, StringComparison.Ordinal);
        return await command.ReadLineAsync(
            ["commit-tree", tree, "-p", head.Commit!, "-m", $"Uncommitted work on {from}"], cancellationToken);
    }

    /// <summary>A stash that did not apply cleanly leaves such paths without any operation being under way.</summary>
    private async Task CheckMergedAsync(GitCommand command, CancellationToken cancellationToken)
    {
        var unmerged = await command.RunAsync(["ls-files", "--unmerged", "-z"], default, cancellationToken);
        if (unmerged.NulTerminated is [{ } first, ..])
        {
            throw new GitException(
                GitProblem.OperationInProgress,
                $"{first[(first.IndexOf('\t', StringComparison.Ordinal) + 1)..]} in {_checkout.Root} has conflicts that are not resolved. Resolve and `git add` it, or start without your uncommitted work.");
        }
    }

    private static async Task UpdateAsync(GitCommand command, string[] arguments, List<string> paths, CancellationToken cancellationToken)
    {
        if (paths.Count > 0)
        {
            await command.RunAsync(arguments, GitPath.EncodeNulTerminated(paths), cancellationToken);
        }
    }

    private void Sort(IReadOnlyList<string> changed, IReadOnlyList<string> untracked, CancellationToken cancellationToken)
    {
        using var files = WorktreeFiles.Open(_checkout.Root);
        for (var index = 0; index + 1 < changed.Count; index += 2)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // ":oldmode newmode oldhash newhash status", path
            var fields = changed[index].Split(' ');
            var isSubmodule = fields[0].EndsWith(TreeEntry.SubmoduleMode, StringComparison.Ordinal) && fields[1] == TreeEntry.SubmoduleMode;
            SortTracked(files, changed[index + 1], isSubmodule);
        }

        // A name that ends in a slash is a repository inside the checkout: another repository's business.
        foreach (var path in untracked.Where(path => !path.EndsWith('/')))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (PathRules.Refusal(path) is not null)
            {
                _notices.Add($"{path} is not carried: git cannot hold such a name.");
            }
            else if (files.Look(path).Kind is PathKind.File or PathKind.Link)
            {
                Store(files, path);
            }
        }
    }

    private void SortTracked(WorktreeFiles files, string path, bool isSubmodule)
    {
        var kind = files.Look(path).Kind;
        switch (kind)
        {
            case PathKind.Folder when isSubmodule:
                _stored.Add(path);
                break;
            case PathKind.File or PathKind.Link:
                Store(files, path);
                break;
            case PathKind.Refused:
                _notices.Add($"{path} is carried as it was staged or committed: the system refuses to read it.");
                break;
            default:
                _removed.Add(path);
                if (kind == PathKind.Special)
                {
                    _notices.Add($"{path} is carried as deleted: it is neither a file nor a link any more.");
                }

                break;
        }
    }

    private void Store(WorktreeFiles files, string path)
    {
        if (files.Look(path).Kind == PathKind.File)
        {
            using var file = files.OpenFile(path);
            if (file is null)
            {
                _notices.Add($"{path} is not carried: it may not be read.");
                return;
            }

            var bytes = RandomAccess.GetLength(file);
            if (bytes > _maxFileBytes)
            {
                _notices.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} is not carried: it has {bytes / (1024 * 1024)} MB, and at most {_maxFileBytes / (1024 * 1024)} MB of a file are stored."));
                return;
            }

            _bytes += bytes;
            if (_bytes > MaxBytes)
            {
                throw new GitException(
                    GitProblem.TooLarge,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The uncommitted files of {_checkout.Root} are larger than {MaxBytes / (1024 * 1024 * 1024)} GB in all. Commit or ignore some ({path} among them), or start without your uncommitted work."));
            }
        }

        _stored.Add(path);
    }
}
