using System.Text;

namespace Agent.Ide.Git;

/// <summary>Moves refs by compare-and-swap through one long-lived <c>git update-ref --stdin</c>; each call is one transaction.</summary>
internal sealed class RefUpdater : IAsyncDisposable
{
    private readonly GitConversation _conversation;
    private readonly string _zero;

    public RefUpdater(GitRepository repository, GitClock clock)
    {
        // Steps are commits and what is undone is kept by a ref, so no ref log is begun; where one exists it gets this identity.
        var command = repository.Objects
            .WithIdentity(GitIdentity.Agent, clock.Now)
            .WithSetting("core.logAllRefUpdates", "false")
            .WithSetting("core.fsync", "reference");
        _conversation = new GitConversation(command, "update-ref", "--stdin", "-m", "agent-ide");
        _zero = repository.ObjectFormat.ZeroHash;
    }

    /// <exception cref="GitException"><see cref="GitProblem.RefMoved"/>: nothing was changed.</exception>
    public async Task UpdateAsync(IReadOnlyList<RefUpdate> updates, CancellationToken cancellationToken)
    {
        if (updates.Count == 0)
        {
            return;
        }

        var request = new StringBuilder("start\n");
        foreach (var update in updates)
        {
            Append(request, update);
        }

        request.Append("commit\n");
        try
        {
            await _conversation.TalkAsync(
                async (line, _) =>
                {
                    // Once asked, the answer is waited for: a git that is killed in a transaction leaves the refs locked.
                    await line.SendAsync(request.ToString(), CancellationToken.None);
                    await ExpectAsync(line, "start: ok");
                    await ExpectAsync(line, "commit: ok");
                    return true;
                },
                cancellationToken);
        }
        catch (GitException exception) when (IsMoved(exception.ErrorOutput))
        {
            throw new GitException(
                GitProblem.RefMoved,
                $"{updates[0].Name} is not where it was expected; nothing was changed. Look at it again and retry.", exception)
            {
                ExitCode = exception.ExitCode,
                ErrorOutput = exception.ErrorOutput,
            };
        }
    }

    public ValueTask DisposeAsync() => _conversation.DisposeAsync();

    private void Append(StringBuilder request, RefUpdate update)
    {
        if (!update.Name.StartsWith("refs/", StringComparison.Ordinal) || update.Name.AsSpan().ContainsAny('\n', '\0', ' '))
        {
            throw new ArgumentException($"'{update.Name}' is no full ref name.", nameof(update));
        }

        if (update.NewHash is null && update.ExpectedHash is null)
        {
            throw new ArgumentException($"{update.Name} cannot be deleted and expected to be missing.", nameof(update));
        }

        // Without quotes a line is split at its spaces, and no ref name has one.
        request.Append(update.NewHash is null ? "delete " : "update ").Append(update.Name);
        if (update.NewHash is not null)
        {
            request.Append(' ').Append(update.NewHash);
        }

        if (update.ExpectedHash != RefUpdate.Anything)
        {
            request.Append(' ').Append(update.ExpectedHash ?? _zero);
        }

        request.Append('\n');
    }

    private static async Task ExpectAsync(GitConversation.Line line, string answer)
    {
        var actual = await line.ReadLineAsync(CancellationToken.None);
        if (actual != answer)
        {
            throw new IOException($"git update-ref answered '{actual}'.");
        }
    }

    private static bool IsMoved(string error) =>
        error.Contains("but expected", StringComparison.Ordinal)
        || error.Contains("reference already exists", StringComparison.Ordinal)
        || error.Contains("unable to resolve reference", StringComparison.Ordinal);
}
