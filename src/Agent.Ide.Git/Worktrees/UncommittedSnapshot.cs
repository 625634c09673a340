namespace Agent.Ide.Git;

/// <summary>
/// The user's uncommitted work as a commit on their HEAD: staged, modified, untracked and deleted files. Built with a copy of
/// the index, so that
/// neither the user's index nor their files are touched.
/// </summary>
internal static class UncommittedSnapshot
{
    /// <returns>The synthetic commit; HEAD's own when nothing is uncommitted.</returns>
    public static async Task<string> StoreAsync(GitStore store, GitCheckout checkout, GitHead head, CancellationToken cancellationToken)
    {
        var repository = store.Repository;
        using var staging = store.NewStaging();
        var index = Path.Combine(checkout.GitDirectory, "index");
        if (File.Exists(index))
        {
            File.Copy(index, staging.IndexFile);
        }

        var command = repository.On(checkout)
            .WithIndex(staging.IndexFile)
            .WithIdentity(GitIdentity.Agent, store.Clock.Now)
            .WithSetting("core.fsync", "loose-object")
            .WithSetting("core.safecrlf", "false");

        // Files whose times alone changed drop out of the list; an exit code of 1 only says that some did not.
        await command.TryRunAsync(["update-index", "-q", "--refresh", "--ignore-submodules"], default, cancellationToken);
        var changed = await command.RunAsync(["diff-files", "--name-only", "-z", "--ignore-submodules=all"], default, cancellationToken);
        var untracked = await command.RunAsync(["ls-files", "--others", "--exclude-standard", "-z"], default, cancellationToken);

        // A name that ends in a slash is a repository inside the checkout: another repository's business.
        var paths = changed.NulTerminated.Concat(untracked.NulTerminated.Where(path => !path.EndsWith('/'))).ToList();
        if (paths.Count > 0)
        {
            await command.RunAsync(
                ["update-index", "--add", "--remove", "-z", "--stdin"], GitPath.EncodeNulTerminated(paths), cancellationToken);
        }

        var tree = await command.ReadLineAsync(["write-tree"], cancellationToken);
        if (await store.ReadCommitAsync(head.Commit!, cancellationToken) is { } commit && commit.Tree == tree)
        {
            return commit.Hash;
        }

        var from = head.Branch is null ? "a detached HEAD" : head.Branch.Replace("refs/heads/", string.Empty, StringComparison.Ordinal);
        return await command.ReadLineAsync(
            ["commit-tree", tree, "-p", head.Commit!, "-m", $"Uncommitted work on {from}"], cancellationToken);
    }
}
