using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Features.Review;

/// <summary><c>agentIde.accept</c>: merges what was reviewed, and says what stood in the way where something did.</summary>
public static class AcceptCommand
{
    private const int MaxFilesNamed = 5;

    /// <param name="session">Whose checkout it lands in.</param>
    /// <param name="id">The task.</param>
    /// <param name="head">The head that the person saw.</param>
    /// <param name="cancellationToken">Until the merge begins.</param>
    public static async Task<AcceptResult> RunAsync(EditorSession session, string id, string head, CancellationToken cancellationToken)
    {
        using var lease = await session.Services.Tasks.LeaseAsync(id, cancellationToken);
        var outcome = await lease.Actor.AcceptAsync(new AcceptParams(id, head), session.Context.Client.Checkout.Root, cancellationToken);
        var task = session.Services.Tasks.View(id);
        await session.Peer.TellAsync(
            outcome.Conflicts.Count == 0 ? MessageKinds.Info : MessageKinds.Error, Describe(task, outcome.Commit, outcome.Conflicts), cancellationToken);
        return new AcceptResult(task, outcome.Commit, outcome.Conflicts);
    }

    private static string Describe(AgentTask task, string? commit, IReadOnlyList<FileConflict> conflicts)
    {
        if (conflicts.Count == 0)
        {
            return commit is null ? $"{task.Title}: there was nothing to merge." : $"{task.Title}: merged as {commit[..12]}.";
        }

        var named = string.Join(", ", conflicts.Take(MaxFilesNamed).Select(Name));
        var more = conflicts.Count > MaxFilesNamed ? $" and {conflicts.Count - MaxFilesNamed} more" : string.Empty;
        return conflicts.Any(static conflict => conflict.Kind == "overlap")
            ? $"{task.Title}: nothing was merged. You have uncommitted work on {named}{more}; commit or stash it, then accept again."
            : $"{task.Title}: nothing was merged. It conflicts with your branch in {named}{more}.";
    }

    private static string Name(FileConflict conflict) => conflict.Ranges.Count == 0 ? conflict.Path : $"{conflict.Path}:{conflict.Ranges[0].Start}";
}
