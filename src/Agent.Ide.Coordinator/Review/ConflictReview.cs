using System.Text;
using System.Text.Json;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Git.Merging;
using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using LineRange = Agent.Ide.Protocol.Review.LineRange;

namespace Agent.Ide.Coordinator.Review;

/// <summary>What somebody who resolves a conflict asks for. Changes nothing: the decisions come with the accept.</summary>
public sealed class ConflictReview
{
    /// <summary>Of each of the four texts; together, and with what JSON adds to them, they have to fit into a message (<c>ConnectionLimits</c>).</summary>
    private const int MaxTextBytes = 1024 * 1024;

    private readonly TaskRegistry _tasks;
    private readonly TaskMerges _merges;
    private readonly GitRepository _repository;
    private readonly AcceptPreview _preview;

    public ConflictReview(TaskRegistry tasks, TaskMerges merges, GitRepository repository)
    {
        _tasks = tasks;
        _merges = merges;
        _repository = repository;
        _preview = new AcceptPreview(repository);
    }

    public async Task<TaskConflictsResult> FindAsync(TaskConflictsParams request, GitCheckout checkout, CancellationToken cancellationToken)
    {
        var (task, landing) = await LandingAsync(request.Id, request.Files, request.Hunks, checkout, cancellationToken);
        var head = await _repository.ReadHeadAsync(checkout, cancellationToken);
        var target = request.OntoCurrent ? head.Branch : task.Created.TargetRef;
        var name = TaskMerges.Describe(target);
        var commit = (target is null ? head.Commit : await _repository.ResolveCommitAsync(target, cancellationToken))
            ?? throw new RequestFailedException(
                "noTarget", $"{name}, where task {task.Id} would land, has no commit.", "Check out where it should land.", ExitCodes.Failed);
        var conflicts = await _preview.FindAsync(landing, commit, cancellationToken);
        return new TaskConflictsResult(name, commit, task.Head, [.. conflicts.Select(ToMessage)]);
    }

    public async Task<ConflictTextsResult> ReadAsync(ConflictTextsParams request, GitCheckout checkout, CancellationToken cancellationToken)
    {
        var (task, landing) = await LandingAsync(request.Id, request.Files, request.Hunks, checkout, cancellationToken);
        ConflictTexts? texts;
        try
        {
            texts = await _preview.ReadAsync(landing, request.TargetCommit, request.Path, (request.Target, task.Id), MaxTextBytes, cancellationToken);
        }
        catch (GitException tooLarge) when (tooLarge.Problem == GitProblem.TooLarge)
        {
            throw NoText(request.Path, $"has more than {MaxTextBytes} bytes");
        }

        if (texts is null)
        {
            throw new RequestFailedException(
                "notInConflict", $"'{request.Path}' of task {task.Id} has no conflict that a text resolves.", "Look at its conflicts again.", ExitCodes.Failed);
        }

        // Decoded and encoded again it would be another text.
        string TextOf(byte[] content) => content.AsSpan().Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(content)
            ? throw NoText(request.Path, "is not UTF-8 text on both sides")
            : Encoding.UTF8.GetString(content);
        return new ConflictTextsResult(TextOf(texts.Base ?? []), TextOf(texts.Ours), TextOf(texts.Theirs), TextOf(texts.Draft));
    }

    private static RequestFailedException NoText(string path, string why) =>
        new("noText", $"'{path}' {why}, so it cannot be merged line by line.", "Take one of the two sides.", ExitCodes.Failed);

    private static ConflictedFile ToMessage(MergeConflict conflict) => new(
        conflict.Path,
        JsonNamingPolicy.CamelCase.ConvertName(conflict.Kind.ToString()),
        JsonNamingPolicy.CamelCase.ConvertName(conflict.Choice.ToString()),
        [.. conflict.TheirRanges.Select(range => new LineRange(range.Start, range.End))]);

    private async Task<(TaskSnapshot Task, AcceptRequest Landing)> LandingAsync(
        string id, IReadOnlyList<string>? files, IReadOnlyList<HunkChoice>? hunks, GitCheckout checkout, CancellationToken cancellationToken)
    {
        using var lease = await _tasks.LeaseAsync(id, cancellationToken);
        var task = lease.Actor.Snapshot;
        if (task.Worktree is null)
        {
            throw new RequestFailedException("notStarted", $"Task {id} has not started: there is nothing to merge yet.", null, ExitCodes.Failed);
        }

        var accept = new AcceptParams(id, task.Head, Files: files, Hunks: hunks);
        return (task, _merges.ToRequest(task, accept, await _merges.ChooseAsync(task, accept, cancellationToken), checkout));
    }
}
