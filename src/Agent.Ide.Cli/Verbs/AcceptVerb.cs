using System.CommandLine;
using System.Globalization;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>accept ID</c>: merge into the task's target branch.</summary>
internal static class AcceptVerb
{
    /// <summary>The coordinator's code for a decision that does not fit, or not any more, the conflict it is about.</summary>
    private const string UnusableResolution = "unusableResolution";

    public static Verb Create()
    {
        var id = TaskIdArgument.One();
        var strategy = new Option<string>("--strategy")
        {
            Description = "squash (one commit) or merge (keep the steps); as configured where not given (rebase is not built yet)",
            HelpName = "squash|merge|rebase",
        };
        var files = new Option<string[]>("--file") { Description = "Accept only this file, as the diff names it; may be repeated. The rest stays to be accepted", HelpName = "PATH" };
        var hunks = new Option<string[]>("--hunk") { Description = "Accept only this hunk, by its index in diff --json; may be repeated", HelpName = "PATH:N" };
        var skipValidation = new Option<bool>("--skip-validation") { Description = "Do not run the configured validation commands" };
        var ontoCurrent = new Option<bool>("--onto-current") { Description = "Land on whatever is checked out instead of the task's target branch" };
        var expectedHead = new Option<string>("--expected-head") { Description = "The headCommit of the diff that was looked at; nothing is accepted when the task has moved on", HelpName = "HASH" };
        var expectedBase = new Option<string>("--expected-base") { Description = "The baseCommit of that diff; nothing is accepted when part of it has landed since", HelpName = "HASH" };
        var resolve = new Option<string>("--resolve")
        {
            Description = "Resolve conflicts in a folder: puts the files there with conflict markers; edit them, then run the same command again",
            HelpName = "DIR",
        };
        var take = new Option<string[]>("--take") { Description = "Resolve a conflicting file by one of its two sides; may be repeated", HelpName = "PATH=task|target" };
        return new Verb("accept", "Merge a task's result into its target branch, as a commit of yours", VerbGroup.Review)
        {
            Examples = ["agent-ide accept fix", "agent-ide accept fix --strategy merge", "agent-ide accept fix --file src/parser.cs --file src/lexer.cs", "agent-ide accept fix --hunk src/parser.cs:0", "agent-ide accept fix --resolve ../fix"],
            Run = async (invocation, cancellationToken) =>
            {
                var chosen = invocation.Get(hunks) is { Length: > 0 } some ? Array.ConvertAll(some, ParseHunk) : null;
                var taken = Array.ConvertAll(invocation.Get(take) ?? [], ConflictResolution.ParseSide);
                var how = invocation.Get(strategy);
                if (how == "rebase")
                {
                    throw UsageException.NotBuilt("--strategy rebase");
                }

                if (how is not (null or "squash" or "merge"))
                {
                    throw new UsageException($"There is no strategy '{TerminalText.Line(how)}'.", "Strategies: squash, merge.");
                }

                var output = invocation.Output;
                await using var client = await invocation.AttachAsync(cancellationToken);
                var task = client.Board.Find(VerbInvocation.ResolveId(client, invocation.Get(id)!))!;
                var request = new AcceptParams(
                    task.Id,
                    Whole(invocation.Get(expectedHead), task.Head) ?? task.Head,
                    how,
                    invocation.Get(files) is { Length: > 0 } only ? only : null,
                    invocation.Get(skipValidation),
                    invocation.Get(ontoCurrent),
                    chosen,
                    Whole(invocation.Get(expectedBase), task.Base.Commit));
                var folder = invocation.Get(resolve) is { Length: > 0 } named ? Path.GetFullPath(named, invocation.Host.WorkingDirectory) : null;
                return taken.Length == 0 && folder is null
                    ? Report(output, task, await client.AcceptAsync(request, cancellationToken))
                    : await new ConflictResolution(client, output, task, taken, folder).RunAsync(request, cancellationToken);
            },
        }.With(id, strategy, files, hunks, expectedHead, expectedBase, skipValidation, ontoCurrent, resolve, take);
    }

    /// <summary><c>PATH:N</c>; a path may hold colons itself.</summary>
    private static HunkChoice ParseHunk(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? new HunkChoice(text[..colon], index)
            : throw new UsageException(
                $"'{TerminalText.Line(text)}' names no hunk.", "A hunk is PATH:N, where N is its index in `agent-ide diff ID --json`, from 0.");
    }

    /// <summary>A hash that may be shortened, as every git takes it: to seven digits at least, of what it is expected to be.</summary>
    private static string? Whole(string? given, string current)
    {
        const int Shortest = 7;
        return given is null || (given.Length >= Shortest && given.All(char.IsAsciiHexDigit))
            ? given is not null && current.StartsWith(given, StringComparison.OrdinalIgnoreCase) ? current : given
            : throw new UsageException($"'{TerminalText.Line(given)}' is no commit hash.", "Take it from `agent-ide diff ID --json`: baseCommit, headCommit.");
    }

    /// <summary>Prints how an accept ended.</summary>
    /// <returns>The exit code.</returns>
    internal static int Report(VerbOutput output, AgentTask before, AcceptResult result)
    {
        if (output.IsJson)
        {
            output.Json(result, AgentJson.Default.AcceptResult);
        }

        // Chosen files that the target has already leave no commit, and the rest counts from there all the same.
        var isAdvanced = result.Conflicts.Count == 0 && result.Task.Error is null && result.Task.Base.Commit != before.Base.Commit;
        var isDone = result.Commit is not null || result.Task.State == TaskStates.Merged || isAdvanced;
        if (isDone && result.Task.State != TaskStates.Merged)
        {
            DescribePart(output, result);
            return ExitCodes.Done;
        }

        Describe(output, result);
        if (isDone)
        {
            return ExitCodes.Done;
        }

        return result.Conflicts.Count > 0 ? ExitCodes.Conflict : result.Task.Error?.ExitCode ?? ExitCodes.Failed;
    }

    private static void DescribePart(VerbOutput output, AcceptResult result)
    {
        var task = result.Task;
        output.Line(result.Commit is { } commit
            ? $"{output.Paint("Accepted in part:", Tone.Good)} {task.Id} as {TerminalText.Line(commit)}. {TaskLines.Changes(task.Changes)} remain to be reviewed."
            : $"Your branch has these files of {task.Id} already. {TaskLines.Changes(task.Changes)} remain to be reviewed.");
    }

    /// <summary>What landed, or what stood in the way and what to do.</summary>
    internal static void Describe(VerbOutput output, AcceptResult result)
    {
        var task = result.Task;
        if (result.Commit is { } commit)
        {
            output.Line($"{output.Paint("Accepted", Tone.Good)} {task.Id} as {TerminalText.Line(commit)} ({TaskLines.Changes(task.Changes)})");
            TellRemoval(output, task);
            return;
        }

        if (task.State == TaskStates.Merged)
        {
            output.Line($"{task.Id} changes nothing: there was nothing to merge.");
            TellRemoval(output, task);
            return;
        }

        foreach (var conflict in result.Conflicts)
        {
            output.Line(output.Paint($"  {TaskLines.Conflict(conflict)}", Tone.Bad));
        }

        output.Line($"{output.Paint("Not accepted:", Tone.Bad)} {task.Id}; nothing was changed. {Advice(result)}");
    }

    private static void TellRemoval(VerbOutput output, AgentTask task)
    {
        foreach (var notice in task.RemovalNotices)
        {
            output.Line(TerminalText.Line(notice));
        }
    }

    private static string Advice(AcceptResult result)
    {
        if (result.Task.Error is { } error && (error.Hint is not null || result.Conflicts.Count == 0))
        {
            // Of a conflict the paths were named already.
            var isToldAbove = result.Conflicts.Count > 0 && error.Code != UnusableResolution;
            return TerminalText.Line(isToldAbove ? error.Hint : $"{error.Message} {error.Hint}");
        }

        return result.Conflicts.Count > 0 && result.Conflicts.All(conflict => conflict.Kind == "overlap")
            ? "Commit or stash your work on these paths, then accept again."
            : $"Resolve it: agent-ide accept {result.Task.Id} --resolve DIR. Or ask the agent to redo it on the new state: agent-ide message {result.Task.Id} \"…\"";
    }
}
