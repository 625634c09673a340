namespace Agent.Ide.Git;

/// <summary>What differs between commits, with renames, as structure and as text. Its output is bounded.</summary>
public sealed class Diffs
{
    private readonly GitRepository _repository;

    public Diffs(GitRepository repository)
    {
        _repository = repository;
    }

    /// <summary>Base against head; for one step, its parent against it.</summary>
    public Task<TreeDiff> CompareAsync(string baseCommit, string headCommit, CancellationToken cancellationToken = default) => throw new NotImplementedException(_repository.ToString());

    /// <summary>The same as a unified diff, or as <c>--stat</c>.</summary>
    public Task<GitPatch> PatchAsync(string baseCommit, string headCommit, bool stat, long maxBytes, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
