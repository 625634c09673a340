using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>
/// What is known of a kept ref beside the commit it pins: a commit of its own on top of that one, so that it survives wherever the refs go, and
/// dated by the clock, also where <c>SOURCE_DATE_EPOCH</c> dates the work.
/// </summary>
internal sealed record KeptRecord
{
    private const string KeptAtTrailer = "Agent-Kept-At";
    private const string ExpiredAtTrailer = "Agent-Expired-At";
    private const string TipTrailer = "Agent-Branch-Tip";
    private const string RootTrailer = "Agent-Worktree";
    private const string StagedTrailer = "Agent-Staged";

    public required string TaskId { get; init; }

    /// <summary>What the ref pins.</summary>
    public required string Commit { get; init; }

    public required DateTimeOffset KeptAt { get; init; }

    /// <summary>When a clean-up first found it older than the bound; it is removed by a later one.</summary>
    public DateTimeOffset? ExpiredAt { get; init; }

    /// <summary>Where the branch stood; what the commit adds to it was uncommitted. Null: it is no removed worktree.</summary>
    public string? BranchTip { get; init; }

    /// <summary>Where the worktree was.</summary>
    public string? Root { get; init; }

    /// <summary>Tree of an index in which something was staged; null when there was no such thing.</summary>
    public string? StagedTree { get; init; }

    /// <summary>Adds the record's commit to a batch.</summary>
    public string Write(ObjectBatch batch)
    {
        List<KeyValuePair<string, string>> trailers = [new(CheckpointTrailers.Task, TaskId), new(KeptAtTrailer, Text(KeptAt))];
        if (ExpiredAt is { } expired)
        {
            trailers.Add(new(ExpiredAtTrailer, Text(expired)));
        }

        if (BranchTip is not null)
        {
            trailers.Add(new(TipTrailer, BranchTip));
        }

        if (Root is not null)
        {
            trailers.Add(new(RootTrailer, Root));
        }

        if (StagedTree is not null)
        {
            trailers.Add(new(StagedTrailer, "yes"));
        }

        var message = CommitFormat.Message(BranchTip is null ? "Undone steps, kept" : "A removed worktree, kept", trailers);
        return batch.Add("commit", CommitFormat.Write(StagedTree ?? batch.Add("tree", []), [Commit], GitIdentity.Agent, KeptAt, message));
    }

    /// <returns>Null when the commit is no such record.</returns>
    public static KeptRecord? Parse(GitCommit commit) =>
        commit.Parents.Count == 1 && commit.Trailer(CheckpointTrailers.Task) is { } id && Time(commit.Trailer(KeptAtTrailer)) is { } at
            ? new KeptRecord
            {
                TaskId = id,
                Commit = commit.Parents[0],
                KeptAt = at,
                ExpiredAt = Time(commit.Trailer(ExpiredAtTrailer)),
                BranchTip = commit.Trailer(TipTrailer),
                Root = commit.Trailer(RootTrailer),
                StagedTree = commit.Trailer(StagedTrailer) is null ? null : commit.Tree,
            }
            : null;

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
