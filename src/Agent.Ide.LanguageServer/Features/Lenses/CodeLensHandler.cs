using System.Collections.Concurrent;
using System.Text.Json;
using Agent.Ide.Core.Loop;
using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Features.Lenses;

/// <summary><c>textDocument/codeLens</c>: above a file's first change by each task that is not merged yet.</summary>
public sealed class CodeLensHandler
{
    private const int MaxTitleCharacters = 48;

    private readonly ConcurrentDictionary<string, DiffResult> _diffs = new(StringComparer.Ordinal);

    public async Task<IReadOnlyList<CodeLens>> HandleAsync(EditorSession session, CodeLensParams request, CancellationToken cancellationToken)
    {
        if (session.Paths.PathOf(request.TextDocument.Uri) is not { } path)
        {
            return [];
        }

        var lenses = new List<CodeLens>();
        foreach (var task in session.Services.Tasks.Views.Where(IsPending))
        {
            var diff = await DiffAsync(session, task, cancellationToken);
            if (diff.Files.FirstOrDefault(file => file.Path == path || file.OldPath == path) is { } file)
            {
                lenses.Add(LensOf(task, file));
            }
        }

        return lenses;
    }

    private static bool IsPending(AgentTask task) =>
        task.State is "running" or "waitingForApproval" or "waitingForUser" or "readyForReview" or "conflict" or "stopped" && task.Head != task.Base.Commit;

    private async Task<DiffResult> DiffAsync(EditorSession session, AgentTask task, CancellationToken cancellationToken)
    {
        if (_diffs.TryGetValue(task.Id, out var known) && known.HeadCommit == task.Head && known.BaseCommit == task.Base.Commit)
        {
            return known;
        }

        return _diffs[task.Id] = await session.Services.Review.DiffAsync(new DiffParams(task.Id), cancellationToken);
    }

    /// <summary>The task as a person knows it, in one line that leaves room for the lenses of other tasks and extensions.</summary>
    internal static string TitleOf(string task, FileDiff file)
    {
        var verb = file.Status == "deleted" ? "deleted" : $"+{file.Additions} −{file.Deletions}";
        return $"Agent: {OneLine.Of(task, MaxTitleCharacters)} ({verb})";
    }

    private static CodeLens LensOf(AgentTask task, FileDiff file)
    {
        // The old side is what the user's file looks like; an added file has none.
        var line = file.Hunks.Count > 0 ? Math.Max(file.Hunks[0].OldStart, 1) : 1;
        var command = new Command(
            TitleOf(task.Title, file),
            AgentCommands.Review,
            [JsonSerializer.SerializeToElement(new TaskIdParams(task.Id), AgentJson.Default.TaskIdParams)]);
        return new CodeLens(TextRange.OfLines(line, line), command);
    }
}
