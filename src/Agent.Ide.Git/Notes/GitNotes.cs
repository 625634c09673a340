namespace Agent.Ide.Git;

/// <summary>
/// Notes on commits, in git's own format (git-notes), read and written through objects and refs: no process per note, and the
/// user's index and notes settings play no part. What it returns has reached the disk.
/// </summary>
public sealed class GitNotes
{
    private const int MaxAttempts = 5;

    private readonly GitStore _store;

    public GitNotes(GitStore store)
    {
        _store = store;
    }

    /// <summary>The commits that have a note; empty where there is no such ref.</summary>
    /// <param name="reference">Full name of the notes ref (<see cref="TaskRefs.Notes"/>).</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlySet<string>> ListAsync(string reference, CancellationToken cancellationToken = default) =>
        await _store.ReadCommitAsync(reference, cancellationToken) is { } tip
            ? await TreeOf(tip).ListAsync(cancellationToken)
            : new HashSet<string>();

    /// <returns>The note's bytes; null when the commit has none.</returns>
    /// <exception cref="GitException"><see cref="GitProblem.TooLarge"/>, before anything of it is kept in memory.</exception>
    public async Task<byte[]?> ReadAsync(string reference, string commit, long maxBytes, CancellationToken cancellationToken = default)
    {
        if (await _store.ReadCommitAsync(reference, cancellationToken) is not { } tip
            || await TreeOf(tip).FindAsync(commit, cancellationToken) is not { } blob)
        {
            return null;
        }

        var found = await _store.Reader.ReadAsync(blob, maxBytes, cancellationToken);
        return found is { Header.Type: "blob" } ? found.Value.Content : null;
    }

    /// <summary>Sets notes, all or none, in one commit of the ref; nothing happens when they are as they should be already.</summary>
    /// <param name="reference">Made when it does not exist.</param>
    /// <param name="notes">By full hash of the commit.</param>
    /// <param name="subject">First line of the message of the notes commit.</param>
    /// <param name="cancellationToken">Leaves the ref where it was.</param>
    /// <exception cref="GitException"><see cref="GitProblem.Storage"/>; <see cref="GitProblem.RefMoved"/> when somebody else keeps moving the ref.</exception>
    public async Task WriteAsync(
        string reference, IReadOnlyCollection<KeyValuePair<string, byte[]>> notes, string subject, CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryWriteAsync(reference, notes, subject, cancellationToken);
                return;
            }
            catch (GitException exception) when (exception.Problem == GitProblem.RefMoved && attempt < MaxAttempts)
            {
                // Somebody added a note of their own, or fetched some: theirs stay, ours are added to them.
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new GitException(GitProblem.Storage, $"The notes of {reference} could not be stored: {exception.Message}", exception);
            }
        }
    }

    private async Task TryWriteAsync(
        string reference, IReadOnlyCollection<KeyValuePair<string, byte[]>> notes, string subject, CancellationToken cancellationToken)
    {
        var tip = await _store.ReadCommitAsync(reference, cancellationToken);
        var tree = tip is null ? new NotesTree(_store.Reader, _store.Repository.ObjectFormat, null) : TreeOf(tip);
        using var batch = _store.NewBatch();
        foreach (var (commit, content) in notes)
        {
            var present = await tree.FindAsync(commit, cancellationToken);
            var blob = batch.Add("blob", content, present);
            if (blob != present)
            {
                await tree.SetAsync(commit, blob, cancellationToken);
            }
        }

        var root = tree.Write(batch);
        if (root == tip?.Tree)
        {
            return;
        }

        var message = CommitFormat.Message(subject, []);
        var parents = tip is null ? [] : new[] { tip.Hash };
        var written = batch.Add("commit", CommitFormat.Write(root, parents, GitIdentity.Agent, _store.Clock.Now, message));
        batch.Publish(cancellationToken);
        await _store.UpdateRefsAsync([new RefUpdate(reference, written, tip?.Hash)], CancellationToken.None);
    }

    private NotesTree TreeOf(GitCommit tip) => new(_store.Reader, _store.Repository.ObjectFormat, tip.Tree);
}
