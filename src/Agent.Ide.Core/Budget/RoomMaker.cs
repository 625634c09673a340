using System.Globalization;
using System.Text;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Budget;

/// <summary>Not even the prompt alone fits the limit. The message is one line for a person.</summary>
public sealed class ContextTooLongException(string message, bool refusedByServer) : Exception(message)
{
    /// <summary>The server refused a prompt that the limit allows: its context is smaller than the limit says.</summary>
    public bool RefusedByServer { get; } = refusedByServer;
}

/// <param name="Events">What has to be appended first; none when the request fits as it is.</param>
/// <param name="Request">The request that then follows.</param>
public sealed record RoomPlan(IReadOnlyList<TaskEvent> Events, ModelRequest Request);

/// <summary>
/// Decides what has to go so that a request fits: first large results become references, then older turns become a
/// summary, the latest turns last. The rules, the prompt and the latest plan always stay. It changes nothing itself: it
/// says which events would, in the order in which they are to be appended.
/// </summary>
public sealed class RoomMaker(PromptBuilder prompts, ContextBudget budget, IArtifacts artifacts)
{
    /// <summary>Turns of the model, with their results, that are left alone as long as possible.</summary>
    private const int RecentGroups = 3;
    private const int KeptGroups = 4;

    // When room is made, enough of it that the next requests need none: each time costs the provider's prompt cache.
    private const double Target = 0.6;

    /// <summary>An old result keeps nothing but its reference: the call beside it says what it was.</summary>
    private const int OldResult = 0;
    private const int RecentResult = 1_500;
    private const int LeastResult = 250;

    // A reference is a line itself: what is hardly longer stays as it is.
    private const int ReferenceBytes = 80;
    private const int LeastShortened = 250;

    /// <summary>Old results may add up to so many bytes per token of the limit before they all become references.</summary>
    private const double OldResultBytesPerToken = 0.2;
    private const int MostOldResultBytes = 24_000;

    /// <param name="harder">The server found the last request too long although it was estimated to fit.</param>
    /// <returns>No events when the request fits as it is.</returns>
    /// <exception cref="ContextTooLongException">It cannot be made to fit.</exception>
    public async Task<RoomPlan> PlanAsync(TaskSnapshot snapshot, bool harder, CancellationToken cancellationToken)
    {
        var plan = new Draft(prompts, artifacts, snapshot);
        var limit = budget.PromptLimit;
        var above = budget.MakeRoomAbove;
        if (harder)
        {
            limit = Math.Min(limit, (int)(plan.Tokens * Target));
            above = limit;
        }

        var old = plan.Groups.Count > RecentGroups ? plan.Groups[^RecentGroups] : 0;
        if (plan.ShortenableBytes(old) > Math.Min(budget.Limit * OldResultBytesPerToken, MostOldResultBytes))
        {
            await plan.ShortenAsync(1, old, OldResult, cancellationToken);
        }

        if (plan.Tokens > above)
        {
            await MakeRoomAsync(plan, old, (int)(above * Target), above, limit, cancellationToken);
        }

        if (plan.Tokens > limit && !(harder && plan.Events.Count > 0 && plan.Tokens <= budget.PromptLimit))
        {
            throw new ContextTooLongException(
                harder
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"The model server refused the request as too long for its context, and it cannot be made shorter: about {plan.Tokens} tokens.")
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"The rules, tools and prompt alone take about {plan.Tokens} tokens; the limit of {budget.Limit} leaves {limit} for them."),
                harder);
        }

        return new RoomPlan(plan.Events, plan.Request);
    }

    private static async Task MakeRoomAsync(Draft plan, int old, int target, int above, int limit, CancellationToken cancellationToken)
    {
        await plan.ShortenAsync(1, old, OldResult, cancellationToken);
        for (var kept = KeptGroups; kept >= 1 && plan.Tokens > (kept == KeptGroups ? target : above); kept--)
        {
            plan.CompactTo(kept);
        }

        foreach (var room in (int[])[RecentResult, LeastResult])
        {
            if (plan.Tokens > limit)
            {
                await plan.ShortenAsync(1, int.MaxValue, room, cancellationToken);
            }
        }

        if (plan.Tokens > limit)
        {
            plan.CompactTo(0);
        }
    }

    /// <summary>The events so far, and what the snapshot would be with them.</summary>
    private sealed class Draft
    {
        private readonly PromptBuilder _prompts;
        private readonly IArtifacts _artifacts;
        private readonly List<TaskEvent> _events = [];
        private TaskSnapshot _snapshot;

        public Draft(PromptBuilder prompts, IArtifacts artifacts, TaskSnapshot snapshot)
        {
            _prompts = prompts;
            _artifacts = artifacts;
            _snapshot = snapshot;
            Request = prompts.Build(snapshot);
        }

        /// <summary>The request as it would be now.</summary>
        public ModelRequest Request { get; private set; }

        public int Tokens => Request.EstimatedTokens;

        public IReadOnlyList<TaskEvent> Events => _events;

        /// <summary>Indices of the model's turns that are sent.</summary>
        public List<int> Groups
        {
            get
            {
                var groups = new List<int>();
                for (var i = Sent; i < _snapshot.Conversation.Count; i++)
                {
                    if (_snapshot.Conversation[i] is AssistantTurn)
                    {
                        groups.Add(i);
                    }
                }

                return groups;
            }
        }

        private int Sent => Math.Max(1, _snapshot.Compaction?.ThroughTurn ?? 1);

        public int ShortenableBytes(int before)
        {
            var bytes = 0;
            for (var i = Sent; i < Math.Min(before, _snapshot.Conversation.Count); i++)
            {
                bytes += _snapshot.Conversation[i] is ToolTurn turn && IsLonger(turn, OldResult) ? Encoding.UTF8.GetByteCount(turn.Content) : 0;
            }

            return bytes;
        }

        public async Task ShortenAsync(int from, int before, int room, CancellationToken cancellationToken)
        {
            var results = new List<ShortenedResult>();
            for (var i = Math.Max(from, Sent); i < Math.Min(before, _snapshot.Conversation.Count); i++)
            {
                if (_snapshot.Conversation[i] is not ToolTurn turn || !IsLonger(turn, room))
                {
                    continue;
                }

                results.Add(turn.ContentRef is { } known
                    ? new ShortenedResult(turn.Step, ResultShortener.ShortenAgain(turn.Content, known, room), known)
                    : await ShortenAsync(turn, room, cancellationToken));
            }

            if (results.Count > 0)
            {
                Try(new ResultsShortened { Results = results }, saved => new ResultsShortened { Results = results, SavedTokens = saved });
            }
        }

        /// <summary>Leaves the last so many groups; a cut is always before a turn of the model, or after its last result.</summary>
        public void CompactTo(int kept)
        {
            var groups = Groups;
            if (groups.Count <= kept)
            {
                return;
            }

            var through = kept > 0
                ? groups[^kept]
                : _snapshot.Conversation.FindLastIndex(turn => turn is not UserTurn) + 1;
            if (through <= Sent)
            {
                return;
            }

            var compacted = new ContextCompacted { ThroughTurn = through, Summary = CompactedTurns.Summarize(_snapshot, through) };
            Try(compacted, saved => compacted with { SavedTokens = saved });
        }

        private static bool IsLonger(ToolTurn turn, int room) =>
            Encoding.UTF8.GetByteCount(turn.Content) > (turn.ContentRef is null ? Math.Max(LeastShortened, 2 * room) : room) + ReferenceBytes;

        private async Task<ShortenedResult> ShortenAsync(ToolTurn turn, int room, CancellationToken cancellationToken)
        {
            // Stored before anything refers to it.
            var reference = await _artifacts.PutAsync(turn.Content, cancellationToken);
            return new ShortenedResult(turn.Step, ResultShortener.Shorten(turn.Content, reference, room), reference);
        }

        private void Try(TaskEvent entry, Func<int, TaskEvent> withSaved)
        {
            var next = _snapshot.Apply(entry);
            var request = _prompts.Build(next);
            if (request.EstimatedTokens >= Tokens)
            {
                return;
            }

            _events.Add(withSaved(Tokens - request.EstimatedTokens));
            _snapshot = next;
            Request = request;
        }
    }
}
