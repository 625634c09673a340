using System.Text;

namespace Agent.Ide.Git.Merging;

/// <summary>
/// The user's uncommitted work (staged, unstaged and untracked, as the files are now, or as an editor has them that did not save yet) as a
/// commit on HEAD, as far as given paths could clash with it. The user's index is only read; clean filters run as in <c>git status</c>.
/// </summary>
internal static class UncommittedEdits
{
    /// <returns>Null when none of the user's edits touches the paths.</returns>
    /// <param name="repository">The repository.</param>
    /// <param name="checkout">Whose edits.</param>
    /// <param name="unsaved">Texts that editors have not saved, by path relative to the checkout.</param>
    /// <param name="interest">Paths that others changed.</param>
    /// <param name="scratch">Takes the temporary index and, through <paramref name="isolate"/>, the objects.</param>
    /// <param name="isolate">Sends new objects to the scratch folder.</param>
    /// <param name="cancellationToken">Kills git.</param>
    public static async Task<MergeSide?> ReadAsync(
        GitRepository repository,
        GitCheckout checkout,
        IReadOnlyDictionary<string, string> unsaved,
        ChangedPaths interest,
        ScratchFolder scratch,
        Func<GitCommand, GitCommand> isolate,
        CancellationToken cancellationToken)
    {
        var status = await StatusEntry.ReadAsync(repository.On(checkout), untracked: true, cancellationToken);
        var edited = status.Select(entry => entry.Path).Concat(unsaved.Keys)
            .Where(path => !path.EndsWith('/') && interest.Touches(path))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var head = await repository.ReadHeadAsync(checkout, cancellationToken);
        if (edited.Count == 0 || head.Commit is null)
        {
            return null;
        }

        var git = isolate(repository.On(checkout)).WithIndex(scratch.File("user-index"));
        await git.RunAsync(["read-tree", head.Commit], default, cancellationToken);
        await git.RunAsync(
            ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"], GitPath.EncodeNulTerminated(edited), cancellationToken);
        foreach (var path in edited.Where(unsaved.ContainsKey))
        {
            await PutAsync(git, path, unsaved[path], cancellationToken);
        }

        var tree = await git.ReadLineAsync(["write-tree"], cancellationToken);
        var commit = await git.WithIdentity(GitIdentity.Agent, DateTimeOffset.UnixEpoch)
            .ReadLineAsync(["commit-tree", tree, "-p", head.Commit, "-m", "Uncommitted edits"], cancellationToken);
        return new MergeSide(ConflictScan.User, head.Commit, commit);
    }

    /// <summary>Puts a text into the index as git would store the file, were it saved.</summary>
    private static async Task PutAsync(GitCommand git, string path, string text, CancellationToken cancellationToken)
    {
        var hash = await git.RunAsync(["hash-object", "-w", "--stdin", $"--path={path}"], Encoding.UTF8.GetBytes(text), cancellationToken);
        var staged = await git.RunAsync(["ls-files", "--stage", "-z", "--", path], default, cancellationToken);
        var mode = staged.NulTerminated.Select(entry => entry[..entry.IndexOf(' ', StringComparison.Ordinal)]).FirstOrDefault("100644");
        await git.RunAsync(["update-index", "--add", "--replace", "-z", "--index-info"], GitPath.EncodeNulTerminated([$"{mode} {hash.Line}\t{path}"]), cancellationToken);
    }
}
