using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Client;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Setup;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>worktrees</c> lists, <c>worktrees prune</c> cleans up in phases.</summary>
internal static class WorktreesVerb
{
    public static Verb Create()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be removed" };
        var force = new Option<bool>("--force") { Description = "Also where a program has files open for writing" };
        return new Verb("worktrees", "Worktrees of tasks and left-over ones", VerbGroup.Repository)
        {
            Examples = ["agent-ide worktrees", "agent-ide worktrees prune"],
            Run = ListAsync,
        }.With(new Verb("prune", "Remove worktrees that nobody needs any more; what is in them is pinned first", VerbGroup.Repository)
        {
            Examples = ["agent-ide worktrees prune", "agent-ide worktrees prune --dry-run"],
            Run = (invocation, cancellationToken) => PruneAsync(invocation, invocation.Get(dryRun), invocation.Get(force), cancellationToken),
        }.With(dryRun, force));
    }

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

        var table = new TextTable("TASK", "STATE", "SIZE", "CHANGED", "BRANCH", "PATH");
        foreach (var worktree in result.Worktrees)
        {
            table.Add(
                (TerminalText.Line(worktree.Id ?? "-"), Tone.Strong),
                (TaskStates.Words(worktree.State), TaskStates.ToneOf(worktree.State)),
                (Size(worktree), Tone.Plain),
                (worktree.ChangedAt is { } at ? Amounts.Age(invocation.Host.Clock.GetUtcNow() - at) : "-", Tone.Plain),
                (TerminalText.Line(Short(worktree.Branch)), Tone.Plain),
                (TerminalText.Line(worktree.Path), Tone.Plain));
        }

        table.Write(output);
        foreach (var worktree in result.Worktrees.Where(worktree => worktree.Reason is not null))
        {
            output.Line($"{TerminalText.Line(worktree.Path)}: {TerminalText.Line(worktree.Reason!)}");
        }

        return ExitCodes.Done;
    }

    /// <summary>One after the other, so that each is told when it is done and an interruption leaves the rest alone.</summary>
    private static async Task<int> PruneAsync(VerbInvocation invocation, bool dryRun, bool force, CancellationToken cancellationToken)
    {
        var output = invocation.Output;
        await using var client = await invocation.AttachAsync(cancellationToken);
        var plan = await client.PruneWorktreesAsync(new PruneParams(DryRun: true), cancellationToken);
        var removed = new List<PrunedWorktree>();
        var left = new List<LeftWorktree>(plan.Left);
        foreach (var planned in plan.Removed)
        {
            if (dryRun)
            {
                removed.Add(planned);
                output.Line($"Would remove {TerminalText.Line(planned.Path)}");
                continue;
            }

            var result = await client.PruneWorktreesAsync(new PruneParams(Path: planned.Path, Force: force), cancellationToken);
            removed.AddRange(result.Removed);
            left.AddRange(result.Left);
            foreach (var done in result.Removed)
            {
                output.Line(Describe(done));
            }
        }

        var refs = dryRun ? plan.Refs : await RefsAsync(client, cancellationToken);
        if (output.IsJson)
        {
            output.Json(new PruneResult(removed) { Left = left, Refs = refs }, AgentJson.Default.PruneResult);
        }

        foreach (var other in left)
        {
            output.Line($"Left {TerminalText.Line(other.Path)}: {TerminalText.Line(other.Reason)}");
        }

        if (refs.Count > 0)
        {
            output.Line($"{(dryRun ? "Would remove" : "Removed")} {Amounts.Count(refs.Count, "ref")} past {(refs.Count == 1 ? "its" : "their")} time: {TerminalText.Line(string.Join(", ", refs))}");
        }

        if (removed.Count + refs.Count == 0)
        {
            output.Line("Nothing to remove.");
        }

        return left.Exists(other => other.Failed) ? ExitCodes.Failed : ExitCodes.Done;
    }

    /// <summary>What is past its time beside worktrees; the worktrees themselves have been gone through.</summary>
    private static async Task<IReadOnlyList<string>> RefsAsync(AgentClient client, CancellationToken cancellationToken) =>
        (await client.PruneWorktreesAsync(new PruneParams(RefsOnly: true), cancellationToken)).Refs;

    private static string Describe(PrunedWorktree removed)
    {
        var kept = removed.KeptRef is { } reference ? $", its work is kept at {TerminalText.Line(reference)}" : string.Empty;
        var lost = removed.NotKept.Count > 0 ? $"; not kept: {TerminalText.Line(string.Join(", ", removed.NotKept))}" : string.Empty;
        return $"Removed {TerminalText.Line(removed.Path)}{kept}{lost}";
    }

    private static string Size(TaskWorktree worktree) =>
        worktree.Bytes is { } bytes ? Amounts.Bytes(bytes) + (worktree.BytesAreMore ? "+" : string.Empty) : "-";

    private static string Short(string? branch) =>
        string.IsNullOrEmpty(branch) ? "-" : branch.StartsWith("refs/heads/", StringComparison.Ordinal) ? branch["refs/heads/".Length..] : branch;
}
