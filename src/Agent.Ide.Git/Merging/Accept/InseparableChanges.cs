namespace Agent.Ide.Git.Merging.Accept;

/// <summary>What of a task's changes cannot land one without the other, found out by trying.</summary>
public static class InseparableChanges
{
    /// <param name="repository">Gains objects, and nothing that refers to them.</param>
    /// <param name="baseCommit">Where the task's changes count from.</param>
    /// <param name="head">Where they end.</param>
    /// <param name="files">Chosen whole; the task changes each.</param>
    /// <param name="hunks">Chosen of other files.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>Paths that would change as well, as git orders them; empty when exactly what was chosen can land.</returns>
    public static async Task<IReadOnlyList<string>> FindAsync(
        GitRepository repository,
        string baseCommit,
        string head,
        IReadOnlyList<string> files,
        IReadOnlyList<FileHunks> hunks,
        CancellationToken cancellationToken) =>
        (await PartialTree.CreateAsync(repository, baseCommit, head, files, hunks, cancellationToken)).Besides;
}
