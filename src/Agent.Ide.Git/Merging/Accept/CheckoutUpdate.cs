namespace Agent.Ide.Git.Merging.Accept;

/// <summary>
/// The part of an accept that changes what the user sees, in three moves: files, branch, index. The caller holds the checkout's
/// <c>index.lock</c>; git itself works on a copy of the index, which replaces the real one in the last move.
/// </summary>
internal sealed class CheckoutUpdate
{
    private readonly GitCheckout _checkout;
    private readonly GitCommand _git;
    private readonly AcceptPlan _plan;
    private readonly string _index;
    private readonly KeptFiles _kept;

    public CheckoutUpdate(
        GitRepository repository, GitCheckout checkout, AcceptJournals journals, AcceptJournal journal, AcceptPlan plan, TimeProvider time)
    {
        _checkout = checkout;
        _git = AcceptProcesses.Marked(repository.On(checkout), journal);
        _plan = plan;
        _index = journals.IndexOf(journal);
        _kept = new KeptFiles(repository, journals.FolderOf(journal), journal, time);
    }

    /// <summary>Brings files, and the copy of the index, from the tip to the merged tree.</summary>
    /// <returns>Null, or git's words about a file it refuses to replace; then nothing was touched.</returns>
    /// <exception cref="GitException">git failed, perhaps half-way (a full disk).</exception>
    public async Task<string?> ReplaceFilesAsync()
    {
        var draft = _index + ".draft";
        File.Copy(Path.Combine(_checkout.GitDirectory, "index"), draft, overwrite: true);
        _kept.Link(_plan.Changes);

        // The second names just given to the files changed their ctime, which says nothing about their content.
        var git = _git.WithIndex(draft).WithSetting("core.trustctime", "false");
        string[] arguments = ["read-tree", "-m", "-u", _plan.Tip, _plan.Commit];
        var output = await git.TryRunAsync(arguments);
        if (IsOutOfDate(output))
        {
            // A file that was only touched is told from an edited one by looking into it.
            await git.TryRunAsync(["update-index", "-q", "--refresh"]);
            output = await git.TryRunAsync(arguments);
        }

        if (output.ExitCode != 0)
        {
            return IsOutOfDate(output) || IsInTheWay(output) ? output.Error.TrimEnd() : throw GitCommand.Failure(arguments, output);
        }

        File.Move(draft, _index, overwrite: true);
        return null;
    }

    /// <returns>False when the branch is not at the tip any more.</returns>
    /// <exception cref="GitException">git failed although the branch is where it was.</exception>
    public async Task<bool> MoveRefAsync(string reason)
    {
        List<string> arguments = ["update-ref", "-m", reason];
        if (_plan.Ref is null)
        {
            arguments.Add("--no-deref");
        }

        arguments.AddRange([_plan.Ref ?? "HEAD", _plan.Commit, _plan.Tip]);
        var output = await _git.WithSetting("core.fsync", "reference").TryRunAsync(arguments);
        if (output.ExitCode == 0)
        {
            return true;
        }

        var now = await _git.TryRunAsync(["rev-parse", "--verify", "--quiet", _plan.Ref ?? "HEAD"]);
        return now.Line == _plan.Tip ? throw GitCommand.Failure(arguments, output) : now.Line == _plan.Commit;
    }

    public void PublishIndex() => AcceptRecovery.Publish(_index, Path.Combine(_checkout.GitDirectory, "index"));

    /// <summary>What the user saved into replaced files while they were being replaced.</summary>
    public Task<IReadOnlyList<KeptFile>> CollectKeptAsync() => _kept.CollectAsync(_plan.Changes, CancellationToken.None);

    private static bool IsOutOfDate(GitOutput output) => output.ExitCode != 0 && output.Error.Contains("not uptodate", StringComparison.Ordinal);

    private static bool IsInTheWay(GitOutput output) =>
        output.Error.Contains("would be overwritten", StringComparison.Ordinal)
        || output.Error.Contains("would lose untracked files", StringComparison.Ordinal)
        || output.Error.Contains("would be lost", StringComparison.Ordinal);
}
