using System.Collections.Concurrent;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Features.Review;

/// <summary>What the person at this editor has been shown of each task: an accept is of that and of nothing else.</summary>
public sealed class ReviewedHeads
{
    private readonly ConcurrentDictionary<string, ReviewedHead> _heads = new(StringComparer.Ordinal);

    public void Remember(AgentTask task) => _heads[task.Id] = new ReviewedHead(task.Head, task.Base.Commit);

    /// <returns>Null: nothing of the task was shown yet.</returns>
    public ReviewedHead? Of(string task) => _heads.GetValueOrDefault(task);
}

/// <param name="Head">The commit that was shown.</param>
/// <param name="Base">The commit that its changes were counted from, and its hunks with them.</param>
public sealed record ReviewedHead(string Head, string Base);
