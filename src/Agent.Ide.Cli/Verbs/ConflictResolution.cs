using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Client;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>accept ID --resolve DIR --take PATH=SIDE</c>: an accept with a person's decisions about its conflicts.</summary>
/// <param name="client">Attached.</param>
/// <param name="output">Where it is told.</param>
/// <param name="task">What is accepted.</param>
/// <param name="taken">Decisions for one of the sides.</param>
/// <param name="folder">Of the drafts; null: only <paramref name="taken"/> decides.</param>
internal sealed class ConflictResolution(AgentClient client, VerbOutput output, AgentTask task, IReadOnlyList<Resolution> taken, string? folder)
{
    /// <summary><c>PATH=task</c> or <c>PATH=target</c>; a path may hold equals signs itself.</summary>
    public static Resolution ParseSide(string text)
    {
        var equals = text.LastIndexOf('=');
        return equals > 0 && text[(equals + 1)..] is "task" or "target"
            ? new Resolution(text[..equals], Take: text[(equals + 1)..])
            : throw new UsageException($"'{TerminalText.Line(text)}' names no side.", "Say PATH=task for the task's version of a file, PATH=target for that of your branch.");
    }

    /// <returns>An exit code; 3 as long as something is left to decide.</returns>
    public async Task<int> RunAsync(AcceptParams request, CancellationToken cancellationToken)
    {
        // A decision is about what the task's changes count from, too: a part that lands meanwhile, from elsewhere, would give hunks other numbers.
        request = request with { ExpectedBase = request.ExpectedBase ?? task.Base.Commit };
        var drafts = folder is null ? null : new ConflictDrafts(folder);
        if (drafts?.Read(request) is { } decided)
        {
            return await AcceptAsync(request, decided.Target, decided.Resolutions, drafts, cancellationToken);
        }

        var conflicts = await client.TaskConflictsAsync(new TaskConflictsParams(task.Id, request.Files, request.Hunks, request.OntoCurrent), cancellationToken);
        ConflictedFile[] open = [.. conflicts.Files.Where(file => !taken.Any(side => side.Path == file.Path))];
        if (open.Length == 0 || drafts is null)
        {
            // Nothing is left to decide, or what is left is told by the accept.
            return await AcceptAsync(request, conflicts.TargetCommit, [], drafts: null, cancellationToken);
        }

        var others = await drafts.WriteAsync(client, request, conflicts with { Files = open }, cancellationToken);
        Tell(conflicts, open, others);
        return ExitCodes.Conflict;
    }

    private async Task<int> AcceptAsync(
        AcceptParams request, string target, IReadOnlyList<Resolution> decided, ConflictDrafts? drafts, CancellationToken cancellationToken)
    {
        Resolution[] resolutions = [.. taken, .. decided.Where(draft => !taken.Any(side => side.Path == draft.Path))];
        var asked = resolutions.Length == 0 ? request : request with { Resolutions = resolutions, ExpectedTarget = target };
        var exitCode = AcceptVerb.Report(output, task, await client.AcceptAsync(asked, cancellationToken));
        if (exitCode == ExitCodes.Done)
        {
            drafts?.Close();
        }

        return exitCode;
    }

    private void Tell(TaskConflictsResult conflicts, IReadOnlyList<ConflictedFile> open, IReadOnlyList<ConflictedFile> others)
    {
        var stops = open.Select(file => new FileConflict(file.Path, file.Kind, file.Ranges)).ToList();
        if (output.IsJson)
        {
            output.Json(new AcceptResult(task, null, stops), AgentJson.Default.AcceptResult);
        }

        foreach (var (conflict, file) in stops.Zip(open))
        {
            var how = !others.Contains(file) ? "edit it in the folder" : file.Choice == "none" ? "cannot be resolved file by file" : $"--take {file.Path}=task or --take {file.Path}=target";
            output.Line($"  {output.Paint(TaskLines.Conflict(conflict), Tone.Bad)}: {TerminalText.Line(how)}");
        }

        output.Line(others.Any(file => file.Choice == "none")
            ? $"Nothing was changed. Send the agent a message to redo its change on {TerminalText.Line(conflicts.Target)}: agent-ide message {task.Id} \"…\""
            : $"Nothing was changed. The files are in {TerminalText.Line(folder!)} with conflict markers: decide, save, then run the same command again.");
    }
}
