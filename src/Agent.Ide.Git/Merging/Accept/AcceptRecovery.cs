namespace Agent.Ide.Git.Merging.Accept;

/// <summary>
/// Ends an accept from its journal alone, after a crash or a failure in the middle: finished when the branch has moved, undone when it
/// has not, left alone when someone else has moved it since. Can itself be interrupted and begun again at any point.
/// </summary>
internal sealed class AcceptRecovery
{
    private readonly GitRepository _repository;
    private readonly AcceptJournals _journals;
    private readonly TimeProvider _time;

    public AcceptRecovery(GitRepository repository, AcceptJournals journals, TimeProvider time)
    {
        _repository = repository;
        _journals = journals;
        _time = time;
    }

    /// <returns>Also for one that cannot be ended now; its journal stays, and so does its lock.</returns>
    public async Task<RecoveredAccept> RecoverAsync(AcceptJournal journal, CancellationToken cancellationToken)
    {
        try
        {
            return await TryRecoverAsync(journal, cancellationToken);
        }
        catch (Exception exception) when (exception is GitException or IOException or UnauthorizedAccessException)
        {
            var held = IndexLock.IsHeldFor(journal.GitDirectory, journal.TaskId)
                ? $" Until then {IndexLock.PathOf(journal.GitDirectory)} keeps git from writing there."
                : string.Empty;
            return new RecoveredAccept(
                journal.TaskId,
                RecoveryResult.Pending,
                journal.Commit,
                [],
                $"The accept of {journal.TaskId} in {journal.Checkout} was interrupted and is not ended yet: {exception.Message}{held} It is tried again "
                + "before the next accept there and when the coordinator starts. To go on without it, delete "
                + $"{_journals.PathOf(journal)} and then {IndexLock.PathOf(journal.GitDirectory)}, and look at git status.")
            {
                Checkout = journal.Checkout,
            };
        }
    }

    /// <exception cref="GitException">A git, filter or process stands in the way; what it does not concern is settled.</exception>
    private async Task<RecoveredAccept> TryRecoverAsync(AcceptJournal journal, CancellationToken cancellationToken)
    {
        // Before anything is looked at: a git of the coordinator that was killed may still be writing what is to be settled here.
        await AcceptProcesses.EndAsync(journal, _time, cancellationToken);
        if (!Directory.Exists(journal.GitDirectory) || !Directory.Exists(journal.Checkout))
        {
            _journals.Close(journal);
            return Describe(journal, RecoveryResult.LeftAlone, [], "its checkout does not exist any more");
        }

        var wasHeld = IndexLock.IsHeldFor(journal.GitDirectory, journal.TaskId);
        if (!await IndexLock.TryAcquireAsync(journal.GitDirectory, journal.TaskId, _time, cancellationToken))
        {
            throw new GitException(
                GitProblem.CommandFailed,
                $"{IndexLock.PathOf(journal.GitDirectory)} is held by another git. When no git is running there, delete that file, then try again.");
        }

        var recovered = journal.Updating
            ? await EndAsync(journal, wasHeld, cancellationToken)
            : Describe(journal, RecoveryResult.Undone, [], "nothing had been changed");
        _journals.Close(journal);
        return recovered;
    }

    /// <param name="journal">What was begun.</param>
    /// <param name="wasHeld">
    /// The lock was still there: no git has written the index since, so it and the files are as the accept left them, wherever the branch is now.
    /// </param>
    /// <param name="cancellationToken">Stops it; it can be begun again.</param>
    private async Task<RecoveredAccept> EndAsync(AcceptJournal journal, bool wasHeld, CancellationToken cancellationToken)
    {
        var checkout = new GitCheckout(journal.Checkout, journal.GitDirectory);
        var head = await _repository.ReadHeadAsync(checkout, cancellationToken);
        var current = (await _repository.On(checkout).TryRunAsync(
            ["rev-parse", "--verify", "--quiet", journal.Ref ?? "HEAD"], default, cancellationToken)).Line;
        var folder = _journals.FolderOf(journal);
        var kept = new KeptFiles(_repository, folder, journal, _time);
        var settlement = new CheckoutSettlement(_repository, journal, folder, kept);
        var changes = await TreeChange.ReadAsync(_repository.Objects, journal.Tip, journal.Commit, cancellationToken);
        var saved = await kept.CollectAsync(changes, cancellationToken);
        var index = Path.Combine(journal.GitDirectory, "index");
        if (!wasHeld && (head.Branch != journal.Ref || (current != journal.Tip && current != journal.Commit)))
        {
            return Describe(
                journal, RecoveryResult.LeftAlone, saved, "the branch has been moved since, so the files were left as they are; look at git status");
        }

        if (await HasLandedAsync(journal, current, cancellationToken))
        {
            var pending = _journals.IndexOf(journal);
            var wasPublished = !File.Exists(pending);
            var finished = await settlement.SettleAsync(
                journal.Tip, journal.Commit, wasPublished ? index : pending, CheckoutSettlement.NoOldFiles, cancellationToken);
            if (!wasPublished || finished.Rewrote)
            {
                Publish(finished.Index, index);
                File.Delete(pending);
            }

            return Describe(journal, RecoveryResult.Finished, [.. saved, .. finished.Kept], $"it has landed as {journal.Commit}");
        }

        var undone = await settlement.SettleAsync(journal.Commit, journal.Tip, index, kept.FindOld(changes), cancellationToken);
        if (undone.Rewrote)
        {
            Publish(undone.Index, index);
        }

        return Describe(journal, RecoveryResult.Undone, [.. saved, .. undone.Kept], "your files are as before");
    }

    private async Task<bool> HasLandedAsync(AcceptJournal journal, string current, CancellationToken cancellationToken) =>
        current == journal.Commit
        || (current.Length > 0 && current != journal.Tip && (await _repository.Objects.TryRunAsync(
            ["merge-base", "--is-ancestor", journal.Commit, current], default, cancellationToken)).ExitCode == 0);

    /// <summary>Puts an index in place of the checkout's, durable and at once.</summary>
    internal static void Publish(string prepared, string index)
    {
        using (var stream = new FileStream(prepared, FileMode.Open, FileAccess.ReadWrite))
        {
            stream.Flush(flushToDisk: true);
        }

        File.Move(prepared, index, overwrite: true);
    }

    private static RecoveredAccept Describe(AcceptJournal journal, RecoveryResult result, IReadOnlyList<KeptFile> kept, string what)
    {
        var copies = kept.Count == 0 ? string.Empty : $" Copies of {string.Join(", ", kept.Select(file => file.Path))} are pinned under {kept[0].Ref}.";
        return new RecoveredAccept(journal.TaskId, result, journal.Commit, kept, $"The accept of {journal.TaskId} was interrupted: {what}.{copies}")
        {
            Checkout = journal.Checkout,
        };
    }
}
