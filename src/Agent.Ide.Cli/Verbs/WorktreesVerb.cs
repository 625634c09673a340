using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>worktrees</c> lists, <c>worktrees prune</c> cleans up in phases.</summary>
internal static class WorktreesVerb
{
    public static Verb Create() => new Verb("worktrees", "Worktrees of tasks and left-over ones", VerbGroup.Repository)
    {
        Examples = ["agent-ide worktrees", "agent-ide worktrees prune"],
        Run = ListAsync,
    }.With(new Verb("prune", "Remove worktrees that nobody needs any more; what is in them is pinned first", VerbGroup.Repository)
    {
        Examples = ["agent-ide worktrees prune"],
        Run = PruneAsync,
    });

    private static async Task<int> ListAsync(VerbInvocation invocation, CancellationToken cancellationToken)
    {
        var output = invocation.Output;
        await using var client = await invocation.AttachAsync(cancellationToken);
        var result = await client.WorktreesAsync(cancellationToken);
        if (output.IsJson)
        {
            output.Json(result, AgentJson.Default.WorktreesResult);
            return ExitCodes.Done;
        }

        if (result.Worktrees.Count == 0)
        {
            output.Line("No worktrees of agents.");
            return ExitCodes.Done;
        }

        var table = new TextTable("TASK", "STATE", "BRANCH", "PATH");
        foreach (var worktree in result.Worktrees)
        {
            table.Add(
                (TerminalText.Line(worktree.Id ?? "-"), Tone.Strong),
                (TaskStates.Words(worktree.State), TaskStates.ToneOf(worktree.State)),
                (TerminalText.Line(worktree.Branch ?? "-"), Tone.Plain),
                (TerminalText.Line(worktree.Path), Tone.Plain));
        }

        table.Write(output);
        return ExitCodes.Done;
    }

    private static async Task<int> PruneAsync(VerbInvocation invocation, CancellationToken cancellationToken)
    {
        var output = invocation.Output;
        await using var client = await invocation.AttachAsync(cancellationToken);
        var result = await client.PruneWorktreesAsync(cancellationToken);
        if (output.IsJson)
        {
            output.Json(result, AgentJson.Default.PruneResult);
            return ExitCodes.Done;
        }

        foreach (var removed in result.Removed)
        {
            var kept = removed.KeptRef is { } reference ? $", its work is kept at {TerminalText.Line(reference)}" : string.Empty;
            output.Line($"Removed {TerminalText.Line(removed.Path)}{kept}");
        }

        if (result.Removed.Count == 0)
        {
            output.Line("Nothing to remove.");
        }

        return ExitCodes.Done;
    }
}
