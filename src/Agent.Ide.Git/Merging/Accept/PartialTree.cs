namespace Agent.Ide.Git.Merging.Accept;

/// <summary>Part of a task's changes as a commit on the task's base: the base with only the chosen paths as they are at the head.</summary>
internal static class PartialTree
{
    /// <param name="Commit">Base for what remains; null when a path is unknown.</param>
    /// <param name="IsWhole">The chosen paths are all that changed.</param>
    /// <param name="Unknown">The first chosen path that the task did not change.</param>
    internal sealed record Result(string? Commit, bool IsWhole, string? Unknown)
    {
        /// <summary>
        /// What would land besides, although nobody chose it: where a file takes the place of a folder, or a folder that of a file, no tree has
        /// the one without losing the other.
        /// </summary>
        public IReadOnlyList<string> Besides { get; init; } = [];
    }

    public static async Task<Result> CreateAsync(
        GitRepository repository,
        string baseCommit,
        string head,
        IReadOnlyList<string> files,
        IReadOnlyList<FileHunks> hunks,
        CancellationToken cancellationToken)
    {
        var changes = await TreeChange.ReadAsync(repository.Objects, baseCommit, head, cancellationToken);
        var byPath = changes.ToDictionary(change => change.Path, StringComparer.Ordinal);
        var chosen = files.Concat(hunks.SelectMany(file => file.OldPath is null ? [file.Path] : new[] { file.OldPath, file.Path }))
            .Distinct(StringComparer.Ordinal).ToList();
        if (chosen.FirstOrDefault(path => !byPath.ContainsKey(path)) is { } unknown)
        {
            return new Result(null, false, unknown);
        }

        var isWhole = chosen.Count == changes.Count;
        foreach (var file in hunks)
        {
            var change = byPath[file.Path];
            var before = byPath[file.OldPath ?? file.Path];
            var blob = await WriteAsync(repository, file, before.OldHash, change.NewHash, cancellationToken);

            // A mode is no hunk: it lands with the whole file, and with nothing less.
            byPath[file.Path] = change with { NewHash = blob, NewMode = before.OldMode };
            isWhole &= byPath[file.Path] == change;
        }

        var commit = await WriteAsync(repository, baseCommit, chosen.Select(path => byPath[path]), cancellationToken);
        var landing = await TreeChange.ReadAsync(repository.Objects, baseCommit, commit, cancellationToken);
        return new Result(commit, isWhole, null) { Besides = [.. landing.Select(change => change.Path).Except(chosen, StringComparer.Ordinal)] };
    }

    /// <summary>The blob of a file with some of its hunks; it is on disk.</summary>
    private static async Task<string> WriteAsync(
        GitRepository repository, FileHunks file, string oldBlob, string newBlob, CancellationToken cancellationToken)
    {
        var git = repository.Objects.WithSetting("core.fsync", "loose-object");
        var old = await git.RunAsync(["cat-file", "blob", oldBlob], default, cancellationToken);
        var @new = await git.RunAsync(["cat-file", "blob", newBlob], default, cancellationToken);
        var written = await git.RunAsync(["hash-object", "-w", "-t", "blob", "--stdin"], file.Apply(old.Bytes, @new.Bytes), cancellationToken);
        return written.Line;
    }

    /// <summary>A commit on another one, with some changes. The same for the same input, so that whoever makes it again finds it.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="baseCommit">Parent, and the tree that is changed.</param>
    /// <param name="changes">Their new sides.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>Its hash; it is on disk.</returns>
    public static async Task<string> WriteAsync(
        GitRepository repository, string baseCommit, IEnumerable<TreeChange> changes, CancellationToken cancellationToken)
    {
        var git = repository.Objects.WithSetting("core.fsync", "loose-object");
        var tree = await EditedTree.WriteAsync(repository, git, baseCommit, changes, cancellationToken);
        return await git.WithIdentity(GitIdentity.Agent, DateTimeOffset.UnixEpoch)
            .ReadLineAsync(["commit-tree", tree, "-p", baseCommit, "-m", "Accepted in part"], cancellationToken);
    }
}
