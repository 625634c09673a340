using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;

namespace Agent.Ide.Coordinator.Conversations;

/// <summary>A commit from which a task can be continued, as its trailers tell.</summary>
/// <param name="Commit">Full hash.</param>
/// <param name="StepCommit">The step's own commit: the same, or below commits that are no steps.</param>
/// <param name="Task">Id of the task that made it.</param>
/// <param name="Step">From 1.</param>
internal sealed record Checkpoint(string Commit, string StepCommit, string Task, int Step)
{
    private const int MaxBetween = 64;

    /// <summary>What commits between steps name as their tool: work that was uncommitted when a worktree was removed, and what setup changed.</summary>
    private static readonly string[] s_noSteps = ["leftovers", "setup"];

    /// <param name="store">Of the repository.</param>
    /// <param name="revision">A hash, whole or abbreviated, or a branch.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RequestFailedException">There is no such commit, or no agent made it.</exception>
    public static async Task<Checkpoint> FindAsync(GitStore store, string revision, CancellationToken cancellationToken)
    {
        var hash = await store.Repository.ResolveCommitAsync(revision, cancellationToken) ?? throw new RequestFailedException(
            "unknownCommit",
            $"There is no commit '{revision}' in this repository.",
            "In a clone, fetch the tasks' branches first: git fetch origin 'refs/heads/agent/*:refs/remotes/origin/agent/*'",
            ExitCodes.Usage);
        var given = await store.ReadCommitAsync(hash, cancellationToken);
        var commit = given;
        for (var below = 0; commit is not null && IsBetweenSteps(commit) && commit.Parents.Count > 0 && below < MaxBetween; below++)
        {
            commit = await store.ReadCommitAsync(commit.Parents[0], cancellationToken);
        }

        if (given is null || commit is not { Step: > 0 and var step } || commit.Trailer(CheckpointTrailers.Task) is not { } task || !TaskId.IsValid(task))
        {
            throw NoCheckpoint(given, hash);
        }

        return new Checkpoint(hash, commit.Hash, task, step);
    }

    /// <summary>True for a commit of a task that is none of its steps: it has no note, and the steps go on above it.</summary>
    public static bool IsBetweenSteps(GitCommit commit) =>
        commit.Trailer(CheckpointTrailers.Task) is not null && Array.IndexOf(s_noSteps, commit.Trailer(CheckpointTrailers.Tool)) >= 0;

    private static RequestFailedException NoCheckpoint(GitCommit? commit, string hash)
    {
        // What an accept landed names the task, and where its own commits end.
        var hint = commit?.Trailer("Agent-Head") is { } head && head.All(char.IsAsciiHexDigit)
            ? $"It is what an accept landed; its last checkpoint is {head}."
            : "`git log agent/ID`, or `git log origin/agent/ID` in a clone, lists a task's checkpoints.";
        return new RequestFailedException(
            "noCheckpoint", $"Commit {hash[..12]} is no checkpoint of a task: it has no Agent-Task and Agent-Step trailers.", hint, ExitCodes.Usage);
    }
}
