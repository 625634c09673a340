using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Microsoft.Extensions.Logging;
using CheckpointRequest = Agent.Ide.Core.Loop.CheckpointRequest;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>The loop's port to the task's branch: turns steps into commits with trailers.</summary>
internal sealed class TaskCheckpoints : ICheckpoints
{
    /// <summary>What a model is shown of the diff that an interrupted call left.</summary>
    private const int MaxDescriptionBytes = 8 * 1024;

    private readonly string _taskId;
    private readonly Worktree _worktree;
    private readonly Checkpoints _checkpoints;
    private readonly Diffs _diffs;
    private readonly ILogger _logger;
    private string? _tip;

    public TaskCheckpoints(TaskSnapshot task, Worktree worktree, Checkpoints checkpoints, Diffs diffs, ILogger logger)
    {
        _logger = logger;
        _taskId = task.Id;
        _worktree = worktree;
        _checkpoints = checkpoints;
        _diffs = diffs;
    }

    public async Task<StoredCheckpoint?> CommitAsync(CheckpointRequest request, CancellationToken cancellationToken)
    {
        try
        {
            _tip ??= await _checkpoints.Store.ResolveCommitAsync(_worktree.Branch, cancellationToken)
                ?? throw new CheckpointException("branchMoved", $"The branch {_worktree.Branch} is gone.", $"Make it again at the newest of refs/agent-ide/kept/{_taskId}/ or at the last step's commit (`agent-ide show {_taskId}`), then resume.");
            var trailers = new List<KeyValuePair<string, string>>
            {
                new(CheckpointTrailers.Task, _taskId),
                new(CheckpointTrailers.Step, request.Step.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                new(CheckpointTrailers.Tool, request.Tool),
            };
            if (request.Model is { } model)
            {
                trailers.Add(new(CheckpointTrailers.Model, model));
            }

            var result = await _checkpoints.StoreAsync(
                new Git.CheckpointRequest
                {
                    Worktree = _worktree,
                    ExpectedTip = _tip,
                    Paths = request.Paths,
                    Subject = request.Subject,
                    Trailers = trailers,
                },
                cancellationToken);
            if (result.Skipped.Where(path => path.Reason != SkipReason.Ignored).ToArray() is { Length: > 0 } skipped)
            {
                _logger.LogWarning("Step {Step} of task {Task} left what is in no commit: {Paths}.", request.Step, _taskId, TaskGit.Describe(skipped));
            }

            if (result.Commit is null)
            {
                return null;
            }

            _tip = result.Commit;
            return new StoredCheckpoint(result.Commit, [.. result.Files.Select(file => file.Path)]);
        }
        catch (GitException e)
        {
            throw Failure(e);
        }
    }

    public async Task<(int Step, string Commit)?> ReadTipAsync(CancellationToken cancellationToken)
    {
        try
        {
            var commit = await _checkpoints.Store.ReadCommitAsync(_worktree.Branch, cancellationToken);
            return commit is { Step: { } step } && commit.Trailer(CheckpointTrailers.Task) == _taskId ? (step, commit.Hash) : null;
        }
        catch (GitException e)
        {
            throw Failure(e);
        }
    }

    public async Task<string> DescribeAsync(string commit, CancellationToken cancellationToken)
    {
        try
        {
            var patch = await _diffs.PatchAsync(commit + "^", commit, stat: false, MaxDescriptionBytes, cancellationToken);
            return patch.Truncated ? patch.Text + "\n… (cut)" : patch.Text;
        }
        catch (GitException e)
        {
            throw Failure(e);
        }
    }

    private CheckpointException Failure(GitException e)
    {
        const string Kept = "The steps so far are kept; `agent-ide resume` goes on.";
        return e.Problem switch
        {
            GitProblem.Storage => new CheckpointException("diskFull", e.Message, "Free some space. " + Kept, e),
            GitProblem.RefMoved => new CheckpointException(
                "branchMoved", $"The branch {_worktree.Branch} was moved by somebody else: {e.Message}", "Move it back, or discard the task.", e),
            GitProblem.FilterFailed => new CheckpointException("filterFailed", e.Message, Kept, e),
            _ => new CheckpointException("gitFailed", e.Message, Kept, e),
        };
    }
}
