using System.Collections.Concurrent;

namespace Agent.Ide.LanguageServer.Features.Review;

/// <summary>Which head of each task the person at this editor has been shown: an accept is of that one and of no other.</summary>
public sealed class ReviewedHeads
{
    private readonly ConcurrentDictionary<string, string> _heads = new(StringComparer.Ordinal);

    public void Remember(string task, string head) => _heads[task] = head;

    /// <returns>Null: nothing of the task was shown yet.</returns>
    public string? Of(string task) => _heads.GetValueOrDefault(task);
}
