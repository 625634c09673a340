namespace Agent.Ide.Git;

/// <summary>
/// A repository's objects and refs, read and written without starting a process each time: one long-lived <c>git cat-file</c> and one
/// <c>git update-ref</c>, started when first needed, shared by all tasks, restarted when they die. Disposing it ends them.
/// </summary>
public sealed class GitStore : IAsyncDisposable
{
    private const long MaxCommitBytes = 16L * 1024 * 1024;

    private readonly RefUpdater _refs;

    public GitStore(GitRepository repository, GitClock? clock = null)
    {
        Repository = repository;
        Clock = clock ?? GitClock.FromEnvironment();
        Reader = new ObjectReader(repository);
        Settings = new RepositorySettings(repository);
        _refs = new RefUpdater(repository, Clock);
    }

    public GitRepository Repository { get; }

    public GitClock Clock { get; }

    internal ObjectReader Reader { get; }

    internal string StagingParent => Path.Combine(Repository.CommonDirectory, "agent-ide", "tmp");

    internal RepositorySettings Settings { get; }

    /// <summary>The commit a ref, branch, tag or hash stands for now; null when there is none.</summary>
    public async Task<string?> ResolveCommitAsync(string revision, CancellationToken cancellationToken = default)
    {
        var header = await Reader.FindAsync(revision + "^{commit}", cancellationToken);
        return header is { Type: "commit" } ? header.Value.Hash : null;
    }

    /// <summary>Null when there is no such commit.</summary>
    public async Task<GitCommit?> ReadCommitAsync(string revision, CancellationToken cancellationToken = default)
    {
        var found = await Reader.ReadAsync(revision + "^{commit}", MaxCommitBytes, cancellationToken);
        return found is { Header.Type: "commit" } ? CommitFormat.Parse(found.Value.Header.Hash, found.Value.Content) : null;
    }

    /// <summary>A file or link of a commit; null when it has none of that path.</summary>
    /// <param name="commit">Any revision.</param>
    /// <param name="path">Relative to the root, with <c>/</c> (<see cref="GitPath"/>).</param>
    /// <param name="maxBytes">A larger one comes without its content.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<GitBlob?> ReadBlobAsync(string commit, string path, long maxBytes, CancellationToken cancellationToken = default)
    {
        if (await ReadCommitAsync(commit, cancellationToken) is not { } parsed)
        {
            return null;
        }

        var tree = new TreeEditor(Reader, Repository.ObjectFormat, parsed.Tree);
        if (await tree.FindAsync(path, cancellationToken) is not { IsFolder: false, IsSubmodule: false } entry
            || await Reader.FindAsync(entry.Hash, cancellationToken) is not { } header)
        {
            return null;
        }

        var content = header.Size > maxBytes ? null : (await Reader.ReadAsync(entry.Hash, maxBytes, cancellationToken))?.Content;
        return new GitBlob(entry.Hash, entry.Mode, header.Size, content);
    }

    /// <summary>All or none.</summary>
    /// <exception cref="GitException"><see cref="GitProblem.RefMoved"/> when one is not as expected; nothing was changed.</exception>
    public Task UpdateRefsAsync(IReadOnlyList<RefUpdate> updates, CancellationToken cancellationToken = default) =>
        _refs.UpdateAsync(updates, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Reader.DisposeAsync();
        await _refs.DisposeAsync();
    }

    /// <summary>A place for the objects of one checkpoint.</summary>
    internal ObjectBatch NewBatch() => new(Path.Combine(Repository.CommonDirectory, "objects"), Repository.ObjectFormat);

    /// <summary>A private folder for files that git must see and no agent can touch.</summary>
    internal StagingFolder NewStaging() => new(StagingParent);
}
