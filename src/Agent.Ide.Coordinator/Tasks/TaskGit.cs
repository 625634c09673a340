using System.Text.Json;
using Agent.Ide.Core.Budget;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol.Review;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>What git does for tasks: one for the repository, shared by all of them.</summary>
public sealed class TaskGit
{
    /// <summary>The tool that a commit of setup's changes names, so that it can be told from a step.</summary>
    private const string SetupTool = "setup";

    private const string SetupSubject = "setup: what the setup commands changed";

    private readonly Worktrees _worktrees;
    private readonly Checkpoints _checkpoints;
    private readonly Rollback _rollback;
    private readonly Diffs _diffs;
    private readonly TaskMerges _merges;
    private readonly ILogger _logger;

    public TaskGit(GitStore store, Checkpoints checkpoints, Worktrees worktrees, TaskMerges merges, ILogger logger)
    {
        _logger = logger;
        Store = store;
        _checkpoints = checkpoints;
        _worktrees = worktrees;
        _rollback = new Rollback(checkpoints);
        _diffs = new Diffs(store.Repository);
        _merges = merges;
    }

    public GitStore Store { get; }

    /// <summary>Makes the worktree and branch; finds them again when a coordinator ended while it made them.</summary>
    /// <exception cref="GitException">Nothing is left behind.</exception>
    public async Task<WorktreeCreated> PrepareAsync(TaskSnapshot task, CancellationToken cancellationToken)
    {
        var created = task.Created;
        var worktree = await _worktrees.FindAsync(created.Id, cancellationToken)
            ?? await _worktrees.CreateAsync(
                new WorktreeRequest
                {
                    Id = created.Id,
                    Place = await PlaceOfAsync(created, cancellationToken),
                    BaseRevision = created.IncludeUncommitted ? null : created.BaseCommit,
                    IncludeUncommitted = created.IncludeUncommitted,
                    StartCommit = created.StartCommit,
                },
                cancellationToken);
        if (created.StartCommit is not null)
        {
            return new WorktreeCreated { BaseCommit = worktree.Base, CarriedPaths = created.CarriedPaths, Head = created.StartCommit, Notices = Worktrees.NoticesOf(worktree) };
        }

        var carried = worktree.Base == created.BaseCommit
            ? []
            : (await _diffs.CompareAsync(created.BaseCommit, worktree.Base, cancellationToken)).Files
                .SelectMany(file => file.OldPath is null ? [file.Path] : new[] { file.OldPath, file.Path })
                .ToArray();
        return new WorktreeCreated { BaseCommit = worktree.Base, CarriedPaths = carried, Notices = Worktrees.NoticesOf(worktree) };
    }

    /// <summary>
    /// Makes a commit of what setup commands left in files that are not ignored. Before the first step it is the task's base, so that
    /// diffs and merges do not take it for the agent's work; a worktree that was set up again later has it on its branch.
    /// </summary>
    /// <exception cref="GitException">It could not be stored; asked again it goes on.</exception>
    public async Task<SetupStored> StoreSetupAsync(TaskSnapshot task, Worktree worktree, CancellationToken cancellationToken)
    {
        // The tip may be one commit ahead of the log: this very one, by a coordinator that ended before it could say so.
        var tip = await Store.ReadCommitAsync(worktree.Branch, cancellationToken)
            ?? throw new GitException(GitProblem.UnknownCommit, $"The branch {worktree.Branch} of task {task.Id} is gone. Restore or discard the task.");
        List<KeyValuePair<string, string>> trailers = [new(CheckpointTrailers.Task, task.Id)];
        if (tip.Trailer(CheckpointTrailers.Step) is { } step)
        {
            trailers.Add(new(CheckpointTrailers.Step, step));
        }

        trailers.Add(new(CheckpointTrailers.Tool, SetupTool));
        var result = await _checkpoints.StoreAsync(
            new Git.CheckpointRequest { Worktree = worktree, ExpectedTip = tip.Hash, Subject = SetupSubject, Trailers = trailers }, cancellationToken);
        var head = result.Commit ?? tip.Hash;
        var isBeforeFirstStep = task.Steps.Count == 0 && task.Head == task.StartCommit;
        if (isBeforeFirstStep && head != worktree.Base)
        {
            await Store.UpdateRefsAsync([new RefUpdate(TaskRefs.Base(task.Id), head, worktree.Base)], CancellationToken.None);
        }

        return new SetupStored
        {
            BaseCommit = isBeforeFirstStep ? head : task.StartCommit,
            Head = head,
            Files = [.. result.Files.Select(file => file.Path)],
        };
    }

    /// <summary>
    /// The repository's instructions for agents, from the commit the task starts from: <c>AGENTS.md</c> at the root, then those
    /// nearest to the paths that the prompt names.
    /// </summary>
    /// <returns>Null when there are none.</returns>
    public async Task<InstructionsLoaded?> ReadInstructionsAsync(TaskSnapshot task, CancellationToken cancellationToken)
    {
        var found = new List<(string Path, string Text)>();
        foreach (var path in InstructionPaths.For(task.Created.Prompt))
        {
            if (await Store.ReadBlobAsync(task.StartCommit, path, InstructionPaths.MaxFileBytes, cancellationToken) is { Content: { } content, Mode: not "120000" })
            {
                found.Add((path, System.Text.Encoding.UTF8.GetString(content)));
            }
        }

        return AgentInstructions.Load(found, new ContextBudget(task.Created.Settings, task.Created.ModelWindow).Limit);
    }

    /// <summary>
    /// Before a task goes on in a worktree it has had: makes the worktree or its branch again where somebody removed one by hand, and puts
    /// a detached HEAD back on the branch where that changes no file.
    /// </summary>
    /// <returns>Tip of the branch of a worktree that was made again; null when it was there.</returns>
    /// <exception cref="RequestFailedException">Somebody has switched the worktree to something else.</exception>
    public async Task<string?> ReviveAsync(TaskSnapshot task, CancellationToken cancellationToken)
    {
        var worktree = await _worktrees.FindAsync(task.Id, cancellationToken);
        if (worktree is null || !Directory.Exists(worktree.Root))
        {
            return (await _worktrees.ReviveAsync(
                task.Id, await PlaceOfAsync(task.Created, cancellationToken), task.StartCommit, task.Head, cancellationToken)).Tip;
        }

        await _worktrees.EnsureBranchAsync(worktree.Branch, task.Head, cancellationToken);
        var checkedOut = await _worktrees.BranchCheckedOutAsync(worktree, cancellationToken);
        if (checkedOut == worktree.Branch || (checkedOut is null && await _worktrees.AttachAsync(worktree, cancellationToken)))
        {
            return null;
        }

        // Its files are another commit's: taken for the agent's work they would undo the branch.
        throw new RequestFailedException(
            "worktreeElsewhere",
            $"The worktree of task {task.Id} is on {checkedOut ?? "a commit of its own"}, not on {task.Created.Branch}.",
            $"`git -C {worktree.Root} switch {task.Created.Branch}`, then `agent-ide resume {task.Id}`.",
            Protocol.ExitCodes.Failed);
    }

    /// <exception cref="RequestFailedException">The worktree is gone.</exception>
    public async Task<Worktree> FindAsync(TaskSnapshot task, CancellationToken cancellationToken) =>
        await _worktrees.FindAsync(task.Id, cancellationToken) ?? throw new RequestFailedException(
            "worktreeMissing",
            $"The worktree of task {task.Id} is gone ({task.Created.Worktree}).",
            $"Its commits are on {task.Created.Branch}. `agent-ide resume {task.Id}` makes the worktree again.",
            Protocol.ExitCodes.Failed);

    /// <summary>The port through which the loop stores its steps.</summary>
    public ICheckpoints CheckpointsOf(TaskSnapshot task, Worktree worktree) => new TaskCheckpoints(task, worktree, _checkpoints, _diffs, _logger);

    /// <summary>Brings the worktree's index up to its branch, before a command or a person looks at it.</summary>
    public Task RefreshIndexAsync(Worktree worktree, CancellationToken cancellationToken) => _checkpoints.RefreshIndexAsync(worktree, cancellationToken);

    /// <summary>Takes away what a command left that would make somebody's git run what the agent wrote.</summary>
    /// <returns>Paths relative to the worktree.</returns>
    public Task<IReadOnlyList<string>> TakeNestedRepositoriesAsync(Worktree worktree, CancellationToken cancellationToken) =>
        _worktrees.TakeNestedRepositoriesAsync(worktree, cancellationToken);

    public async Task<ChangesMeasured> MeasureAsync(TaskSnapshot task, CancellationToken cancellationToken)
    {
        if (task.Head == task.BaseCommit)
        {
            return new ChangesMeasured { Files = 0, Additions = 0, Deletions = 0 };
        }

        var diff = await _diffs.CompareAsync(task.BaseCommit, task.Head, cancellationToken);
        return new ChangesMeasured { Files = diff.Files.Count, Additions = diff.Additions, Deletions = diff.Deletions };
    }

    /// <returns>The ref that keeps what was undone; null when nothing was.</returns>
    public async Task<string?> RollbackAsync(TaskSnapshot task, string target, CancellationToken cancellationToken)
    {
        var worktree = await FindAsync(task, cancellationToken);
        return await _rollback.ToAsync(worktree, await TipToLeaveAsync(task, worktree, cancellationToken), target, cancellationToken);
    }

    /// <summary>Where a roll back had taken the branch that ended before it was stored.</summary>
    /// <returns>The base or an earlier step's commit; null when the branch is not at one of them.</returns>
    public async Task<string?> FindRolledBackAsync(TaskSnapshot task, CancellationToken cancellationToken)
    {
        var tip = await Store.ResolveCommitAsync("refs/heads/" + task.Created.Branch, cancellationToken);
        return tip is not null && tip != task.Head && (tip == task.StartCommit || task.Steps.Exists(step => step.Commit == tip)) ? tip : null;
    }

    /// <summary>Whether the task's worktree may be removed now; nothing is changed.</summary>
    /// <exception cref="GitException">It is in use, or not ours any more.</exception>
    public async Task CheckRemovableAsync(TaskSnapshot task, bool force, CancellationToken cancellationToken)
    {
        if (await FindOrAdoptAsync(task, cancellationToken) is { } worktree)
        {
            _worktrees.CheckRemovable(worktree, force);
        }
    }

    /// <summary>Pins what the worktree holds, then removes it and its branch. Goes on where that was interrupted before.</summary>
    /// <returns>What was kept, and what could not be; null when there was no worktree any more.</returns>
    public async Task<WorktreeRemoval?> RemoveAsync(TaskSnapshot task, bool force, CancellationToken cancellationToken)
    {
        if (await FindOrAdoptAsync(task, cancellationToken) is not { } worktree)
        {
            return null;
        }

        if (task.OpenStep is not null || task.Setup.Open is not null)
        {
            // A command that died with its coordinator had nobody to take its repositories away, and a restore would bring them back.
            await TakeNestedRepositoriesAsync(worktree, cancellationToken);
        }

        return await _worktrees.RemoveAsync(
            worktree, new RemovalOptions { DeleteBranch = true, Force = force, KnownTip = task.Head }, cancellationToken);
    }

    /// <summary>Paths that no commit can hold, in a line for a person.</summary>
    public static string Describe(IReadOnlyList<SkippedPath> paths)
    {
        const int Shown = 10;
        var named = string.Join(", ", paths.Take(Shown).Select(path => $"{path.Path} ({JsonNamingPolicy.CamelCase.ConvertName(path.Reason.ToString())})"));
        return paths.Count > Shown ? $"{named} and {paths.Count - Shown} more" : named;
    }

    /// <returns>The head the branch has again.</returns>
    /// <exception cref="RequestFailedException">It is too late.</exception>
    public async Task<string> RestoreAsync(TaskSnapshot task, CancellationToken cancellationToken)
    {
        try
        {
            var worktree = await _worktrees.RestoreAsync(task.Id, await PlaceOfAsync(task.Created, cancellationToken), cancellationToken);
            return await Store.ResolveCommitAsync(worktree.Branch, cancellationToken) ?? task.Head;
        }
        catch (GitException e) when (e.Problem == GitProblem.UnknownCommit)
        {
            throw TaskRemovals.TooLate(task, e);
        }
    }

    /// <summary>What a request for some of a task's files or hunks means; null where it is for all.</summary>
    /// <exception cref="RequestFailedException">It names nothing, or what the task does not have.</exception>
    public Task<TaskPart?> ChooseAsync(TaskSnapshot task, AcceptParams request, CancellationToken cancellationToken) =>
        _merges.ChooseAsync(task, request, cancellationToken);

    /// <summary>The base that partial accepts had advanced, as a roll back to a commit makes it; null where none had.</summary>
    public Task<string?> BaseAfterRollbackAsync(TaskSnapshot task, string target, CancellationToken cancellationToken) =>
        _merges.BaseAfterRollbackAsync(task, target, cancellationToken);

    public Task<TaskMergeResult> AcceptAsync(
        TaskSnapshot task, AcceptParams request, TaskPart? part, string checkout, CancellationToken cancellationToken) =>
        _merges.AcceptAsync(task, request, part, checkout, cancellationToken);

    /// <summary>What an accept lands on that is to land on whatever a checkout is on.</summary>
    public Task<LandingPlace> FindLandingPlaceAsync(string checkout, CancellationToken cancellationToken) =>
        _merges.FindLandingPlaceAsync(checkout, cancellationToken);

    /// <summary>The commit that a task would land on; null when there is none.</summary>
    public Task<string?> FindTipAsync(TaskSnapshot task, LandingPlace? onto, CancellationToken cancellationToken) =>
        _merges.FindTipAsync(task, onto, cancellationToken);

    /// <summary>Finishes or undoes what a coordinator left in the middle of an accept.</summary>
    /// <returns>Why that of a task cannot be ended yet; null where it is, or none was left.</returns>
    public async Task<TaskError?> RecoverAcceptsAsync(string id, CancellationToken cancellationToken) =>
        (await _merges.RecoverAsync(cancellationToken)).GetValueOrDefault(id);

    /// <summary>What an accept that was interrupted had landed; null when it was undone.</summary>
    public Task<TaskMergeResult?> FindLandedAsync(TaskSnapshot task, CancellationToken cancellationToken) =>
        _merges.FindLandedAsync(task, cancellationToken);

    public Task<TreeDiff> CompareAsync(string baseCommit, string headCommit, CancellationToken cancellationToken) =>
        _diffs.CompareAsync(baseCommit, headCommit, cancellationToken);

    public Task<GitPatch> PatchAsync(string baseCommit, string headCommit, bool stat, long maxBytes, CancellationToken cancellationToken) =>
        _diffs.PatchAsync(baseCommit, headCommit, stat, maxBytes, cancellationToken);

    /// <summary>The tip a roll back starts from: the log's head, or what an interrupted roll back had put on top of it or gone back to.</summary>
    private async Task<string> TipToLeaveAsync(TaskSnapshot task, Worktree worktree, CancellationToken cancellationToken)
    {
        var tip = await Store.ReadCommitAsync(worktree.Branch, cancellationToken);
        var isOurs = tip is not null && tip.Trailer(CheckpointTrailers.Task) == task.Id && tip.Parents.Contains(task.Head);
        return isOurs ? tip!.Hash : task.Head;
    }

    private Task<Worktree?> FindOrAdoptAsync(TaskSnapshot task, CancellationToken cancellationToken) =>
        _worktrees.FindOrAdoptAsync(task.Id, task.Created.Worktree, "refs/heads/" + task.Created.Branch, cancellationToken);

    private async Task<WorktreePlace> PlaceOfAsync(TaskCreated created, CancellationToken cancellationToken) => new()
    {
        Checkout = await Store.Repository.FindCheckoutAsync(created.Checkout, cancellationToken),
        BasePath = Path.GetDirectoryName(created.Worktree)!,
        BranchPrefix = created.Branch[..^(created.Id.Length + 1)],
    };
}
