namespace Agent.Ide.Git;

/// <summary>
/// A repository's objects and refs, read and written without starting a process each time: one long-lived <c>git cat-file</c> and one
/// <c>git update-ref</c>, started when first needed, shared by all tasks, restarted when they die. Disposing it ends them.
/// </summary>
public sealed class GitStore : IAsyncDisposable
{
    public GitStore(GitRepository repository, GitClock? clock = null)
    {
        Repository = repository;
        Clock = clock ?? GitClock.FromEnvironment();
    }

    public GitRepository Repository { get; }

    public GitClock Clock { get; }

    /// <summary>The commit a ref, branch, tag or hash stands for now; null when there is none.</summary>
    public Task<string?> ResolveCommitAsync(string revision, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Null when there is no such commit.</summary>
    public Task<GitCommit?> ReadCommitAsync(string revision, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A file of a commit; null when it has none of that path.</summary>
    public Task<GitBlob?> ReadBlobAsync(string commit, string path, long maxBytes, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>All or none.</summary>
    /// <exception cref="GitException"><see cref="GitProblem.RefMoved"/> when one is not as expected; nothing was changed.</exception>
    public Task UpdateRefsAsync(IReadOnlyList<RefUpdate> updates, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
