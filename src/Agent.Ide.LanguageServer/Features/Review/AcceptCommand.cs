using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Features.Review;

/// <summary><c>agentIde.accept</c>: merges what was reviewed, and says what stood in the way where something did.</summary>
public static class AcceptCommand
{
    /// <param name="session">Whose checkout it lands in.</param>
    /// <param name="request">Of the head that the person saw.</param>
    /// <param name="cancellationToken">Until the merge begins.</param>
    public static async Task<AcceptResult> RunAsync(EditorSession session, AcceptParams request, CancellationToken cancellationToken)
    {
        session.Services.Tasks.RefuseWorktree(session.Context.Client.Checkout);
        using var lease = await session.Services.Tasks.LeaseAsync(request.Id, cancellationToken);
        var outcome = await lease.Actor.AcceptAsync(request, session.Context.Client.Checkout.Root, cancellationToken);
        var task = session.Services.Tasks.View(request.Id);
        await session.Peer.TellAsync(
            outcome.Conflicts.Count == 0 ? MessageKinds.Info : MessageKinds.Error, Describe(task, outcome.Commit, outcome.Conflicts), cancellationToken);
        return new AcceptResult(task, outcome.Commit, outcome.Conflicts);
    }

    private static string Describe(AgentTask task, string? commit, IReadOnlyList<FileConflict> conflicts)
    {
        if (conflicts.Count > 0)
        {
            return $"{task.Title}: {task.Error?.Message} {task.Error?.Hint}".TrimEnd();
        }

        if (task.State != "merged")
        {
            var landed = commit is null ? "your branch has these files already" : $"merged in part as {commit[..12]}";
            return $"{task.Title}: {landed}. What remains: {task.Changes.Files} {(task.Changes.Files == 1 ? "file" : "files")}.";
        }

        var merged = commit is null ? "there was nothing to merge" : $"merged as {commit[..12]}";
        return string.Join(' ', [$"{task.Title}: {merged}.", .. task.RemovalNotices]);
    }
}
