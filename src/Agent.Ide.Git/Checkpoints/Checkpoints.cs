using System.Collections.Concurrent;

namespace Agent.Ide.Git;

/// <summary>
/// A commit per tool call that changed files. Blobs, trees and the commit are written directly, without an index, so that the
/// cost grows with
/// what changed; the branch moves by compare-and-swap, and the worktree's HEAD with it, being symbolic. What it returns has
/// reached the disk.
/// </summary>
/// <remarks>
/// The files come from a worktree an agent controls: they are read beneath its root without following links, and neither attribute nor
/// filter settings in it take effect (<see cref="ContentConversion"/>).
/// </remarks>
public sealed class Checkpoints
{
    private const int MaxCachedBases = 64;

    private readonly ConcurrentDictionary<string, BaseRules> _rules = new(StringComparer.Ordinal);

    /// <param name="store">Of the repository.</param>
    /// <param name="maxFileBytes">Larger files are skipped and reported.</param>
    public Checkpoints(GitStore store, long maxFileBytes = 512L * 1024 * 1024)
    {
        Store = store;
        MaxFileBytes = maxFileBytes;
        Index = new WorktreeIndex(store);
    }

    public GitStore Store { get; }

    public long MaxFileBytes { get; }

    internal WorktreeIndex Index { get; }

    /// <summary>Stores what changed. The worktree's index is left behind: see <see cref="RefreshIndexAsync"/>.</summary>
    /// <exception cref="GitException"><see cref="GitProblem.RefMoved"/>, <see cref="GitProblem.Storage"/>; the branch is then
    /// where it was.</exception>
    public Task<CheckpointResult> StoreAsync(CheckpointRequest request, CancellationToken cancellationToken = default) =>
        StoreAsync(request, [], cancellationToken);

    /// <summary>
    /// Brings the worktree's index up to its branch: before a command runs in it and before somebody looks. Cheap when it is.
    /// </summary>
    public async Task RefreshIndexAsync(Worktree worktree, CancellationToken cancellationToken = default)
    {
        var tip = await Store.ResolveCommitAsync(worktree.Branch, cancellationToken)
            ?? throw new GitException(
                GitProblem.UnknownCommit,
                $"The branch {worktree.Branch} of task {worktree.Id} is gone. Restore or discard the task.");
        await Index.RefreshAsync(worktree, tip, cancellationToken);
    }

    /// <param name="request">As above.</param>
    /// <param name="forced">Paths that are stored even if they are ignored.</param>
    /// <param name="cancellationToken">Leaves the branch where it was.</param>
    internal async Task<CheckpointResult> StoreAsync(
        CheckpointRequest request, IReadOnlyCollection<string> forced, CancellationToken cancellationToken)
    {
        var parent = await Store.ReadCommitAsync(request.ExpectedTip, cancellationToken)
            ?? throw new GitException(
                GitProblem.UnknownCommit,
                $"{request.ExpectedTip} is no commit of the repository. Look at the branch again.");
        using var files = WorktreeFiles.Open(request.Worktree.Root);
        var tree = new TreeEditor(Store.Reader, Store.Repository.ObjectFormat, parent.Tree);
        var settings = await Store.Settings.ReadAsync(cancellationToken);
        var collection = new ChangeCollection(Store, Index, request.Worktree, RulesOf(request.Worktree.Base), files, tree);
        try
        {
            await collection.AddAsync(request.Paths, parent.Hash, forced, cancellationToken);
            using var batch = Store.NewBatch();
            var writer = new ChangeWriter(Store, settings, RulesOf(request.Worktree.Base), files, tree, batch, MaxFileBytes);
            var changed = await writer.ApplyAsync(collection, cancellationToken);
            IReadOnlyList<SkippedPath> skipped = [.. collection.Skipped, .. writer.Skipped];
            if (changed.Count == 0)
            {
                return new CheckpointResult(null, [], skipped);
            }

            var commit = await CommitAsync(request, parent, tree.Write(batch), batch, cancellationToken);
            changed.Sort(static (left, right) => string.CompareOrdinal(left.Path, right.Path));
            return new CheckpointResult(commit, changed, skipped);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new GitException(
                GitProblem.Storage,
                $"The checkpoint of task {request.Worktree.Id} could not be stored: {exception.Message} Free space or make {Store.Repository.CommonDirectory} writable, then resume the task.",
                exception);
        }
    }

    private async Task<string> CommitAsync(
        CheckpointRequest request, GitCommit parent, string tree, ObjectBatch batch, CancellationToken cancellationToken)
    {
        var message = CommitFormat.Message(request.Subject, request.Trailers);
        var commit = batch.Add("commit", CommitFormat.Write(tree, [parent.Hash], GitIdentity.Agent, Store.Clock.Now, message));
        batch.Publish(cancellationToken);

        // From here on the step is stored; giving up between the ref and the answer would leave the caller behind its own branch.
        await Store.UpdateRefsAsync([new RefUpdate(request.Worktree.Branch, commit, parent.Hash)], CancellationToken.None);
        return commit;
    }

    /// <summary>The rules of a task's base, kept from one checkpoint to the next.</summary>
    internal BaseRules RulesOf(string baseCommit)
    {
        if (_rules.Count >= MaxCachedBases && !_rules.ContainsKey(baseCommit))
        {
            // Dropping all is simple and rare; each costs a few reads to have again.
            _rules.Clear();
        }

        return _rules.GetOrAdd(baseCommit, commit => new BaseRules(Store, commit));
    }
}
