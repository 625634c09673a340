using System.Text;
using System.Text.Json;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;
using DiffHunk = Agent.Ide.Protocol.Review.DiffHunk;
using FileDiff = Agent.Ide.Protocol.Review.FileDiff;

namespace Agent.Ide.Coordinator.Review;

/// <summary>What somebody who reviews a task asks for: diffs, texts, conflicts. Changes nothing.</summary>
public sealed class TaskReview
{
    /// <summary>Bound of a patch that is sent: more than anyone reads, less than a message may hold.</summary>
    private const long MaxPatchBytes = 16 * 1024 * 1024;

    private const long MaxContentBytes = 8 * 1024 * 1024;

    private readonly TaskRegistry _tasks;
    private readonly TaskGit _git;
    private readonly TaskMerges _merges;

    public TaskReview(TaskRegistry tasks, TaskGit git, TaskMerges merges)
    {
        _tasks = tasks;
        _git = git;
        _merges = merges;
    }

    public async Task<DiffResult> DiffAsync(DiffParams request, CancellationToken cancellationToken)
    {
        var (baseCommit, headCommit) = await EndsAsync(request.Id, request.FromStep, request.ToStep, cancellationToken);
        var diff = await _git.CompareAsync(baseCommit, headCommit, cancellationToken);
        return new DiffResult(diff.BaseCommit, diff.HeadCommit, [.. diff.Files.Select(ToMessage)]);
    }

    public async Task<PatchResult> PatchAsync(PatchParams request, CancellationToken cancellationToken)
    {
        var (baseCommit, headCommit) = await EndsAsync(request.Id, request.FromStep, request.ToStep, cancellationToken);
        var patch = await _git.PatchAsync(baseCommit, headCommit, request.Stat, MaxPatchBytes, cancellationToken);
        return new PatchResult(patch.Text, patch.Truncated);
    }

    public async Task<ContentResult> ContentAsync(ContentParams request, CancellationToken cancellationToken)
    {
        if (request.Commit.Length is not (40 or 64) || !request.Commit.All(char.IsAsciiHexDigit))
        {
            throw new RequestFailedException("invalidCommit", $"'{request.Commit}' is no commit hash.", "Use a whole hash, as diffs and steps name them.", ExitCodes.Usage);
        }

        var blob = await _git.Store.ReadBlobAsync(request.Commit, request.Path, MaxContentBytes, cancellationToken)
            ?? throw new RequestFailedException("unknownPath", $"Commit {request.Commit} has no file '{request.Path}'.", null, ExitCodes.Usage);
        if (blob.Content is null)
        {
            throw new RequestFailedException(
                "tooLarge", $"'{request.Path}' has {blob.Size} bytes; at most {MaxContentBytes} are sent.", "Look at it in the worktree.", ExitCodes.Failed);
        }

        var binary = blob.Content.AsSpan().Contains((byte)0);
        return new ContentResult(binary ? null : Encoding.UTF8.GetString(blob.Content), binary);
    }

    /// <summary>Pairs of unfinished tasks, and of tasks and the user's uncommitted edits, that could not both land.</summary>
    public async Task<ConflictsResult> ConflictsAsync(GitCheckout checkout, CancellationToken cancellationToken)
    {
        var snapshots = new List<TaskSnapshot>();
        foreach (var view in _tasks.Views.Where(HasWork))
        {
            using var lease = await _tasks.LeaseAsync(view.Id, cancellationToken);
            snapshots.Add(lease.Actor.Snapshot);
        }

        snapshots.Reverse(); // Older tasks first, so that a pair names the one that came first on its left.
        var pairs = await _merges.FindConflictsAsync(snapshots, checkout.Root, cancellationToken);
        var changed = false;
        foreach (var view in _tasks.Views)
        {
            string[] others =
            [
                .. pairs.Where(pair => pair.Left == view.Id).Select(pair => pair.Right),
                .. pairs.Where(pair => pair.Right == view.Id).Select(pair => pair.Left),
            ];
            _tasks.Surround(view.Id, surroundings =>
            {
                if (surroundings.ConflictsWith.SequenceEqual(others))
                {
                    return surroundings;
                }

                changed = true;
                return surroundings with { ConflictsWith = others };
            });
        }

        if (changed)
        {
            _tasks.TellConflictsChanged();
        }

        return new ConflictsResult(pairs);
    }

    private static bool HasWork(AgentTask view) => view.State is not ("queued" or "preparing" or "merged" or "discarded") && view.Head != view.Base.Commit;

    private static FileDiff ToMessage(Git.FileDiff file) => new(
        file.Path,
        file.OldPath,
        JsonNamingPolicy.CamelCase.ConvertName(file.Status.ToString()),
        file.Additions,
        file.Deletions,
        file.Binary,
        [.. file.Hunks.Select(ToMessage)])
    {
        OldMode = file.OldMode == file.NewMode ? null : file.OldMode,
        NewMode = file.OldMode == file.NewMode ? null : file.NewMode,
    };

    private static DiffHunk ToMessage(Git.DiffHunk hunk) => new(
        hunk.Index,
        hunk.OldStart,
        hunk.OldLines,
        hunk.NewStart,
        hunk.NewLines,
        hunk.Additions,
        hunk.Deletions,
        new LineRange(hunk.FirstLine, hunk.LastLine),
        hunk.Text);

    private async Task<(string Base, string Head)> EndsAsync(string id, int? fromStep, int? toStep, CancellationToken cancellationToken)
    {
        using var lease = await _tasks.LeaseAsync(id, cancellationToken);
        var snapshot = lease.Actor.Snapshot;
        if (snapshot.Worktree is null)
        {
            throw new RequestFailedException("notStarted", $"Task {id} has not started: there is nothing to show yet.", null, ExitCodes.Failed);
        }

        // The end first: who asks for one step named that one, not the step before it.
        var head = CommitAt(snapshot, toStep ?? snapshot.LastStep);
        return (fromStep is { } from ? CommitAt(snapshot, from) : snapshot.BaseCommit, head);
    }

    /// <summary>The commit the branch was on after a step; steps that changed nothing are where the step before them was.</summary>
    private static string CommitAt(TaskSnapshot snapshot, int step)
    {
        if (step < 0 || step > snapshot.LastStep)
        {
            throw new RequestFailedException(
                "unknownStep", $"Task {snapshot.Id} has the steps 1 to {snapshot.LastStep}; {step} is none of them.", null, ExitCodes.Usage);
        }

        return step == snapshot.LastStep
            ? snapshot.Head
            : snapshot.Steps.FindLast(entry => entry.Number <= step && entry.Commit is not null)?.Commit ?? snapshot.StartCommit;
    }
}
