namespace Agent.Ide.Git.Merging;

/// <summary>A tree with some paths changed, made by git in an index of its own.</summary>
internal static class EditedTree
{
    /// <param name="repository">Where.</param>
    /// <param name="git">Says where objects are written, and how durably.</param>
    /// <param name="tree">A commit or tree to begin with.</param>
    /// <param name="changes">Their new sides; a file may take the place of a folder, and the other way round.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>Hash of the tree.</returns>
    public static async Task<string> WriteAsync(
        GitRepository repository, GitCommand git, string tree, IEnumerable<TreeChange> changes, CancellationToken cancellationToken)
    {
        using var scratch = ScratchFolder.Create(repository.CommonDirectory);
        git = git.WithIndex(scratch.File("index"));
        await git.RunAsync(["read-tree", tree], default, cancellationToken);
        await git.RunAsync(
            ["update-index", "--replace", "-z", "--index-info"],
            GitPath.EncodeNulTerminated(changes.OrderBy(change => !change.IsDeleted)
                .Select(change => $"{(change.IsDeleted ? "0" : change.NewMode)} {change.NewHash}\t{change.Path}")),
            cancellationToken);
        return await git.ReadLineAsync(["write-tree"], cancellationToken);
    }
}
