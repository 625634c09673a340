using System.CommandLine;
using System.Globalization;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>approvals</c> lists what is allowed in every task of the repository, <c>approvals revoke</c> takes it back.</summary>
internal static class ApprovalsVerb
{
    public static Verb Create() => new Verb("approvals", "Calls that are allowed in every task of the repository", VerbGroup.Repository)
    {
        Examples = ["agent-ide approvals", "agent-ide approvals revoke 3", "agent-ide approvals revoke --all"],
        Run = ListAsync,
    }.With(CreateRevoke());

    private static Verb CreateRevoke()
    {
        var numbers = new Argument<int[]>("N")
        {
            Description = "Numbers, as `agent-ide approvals` lists them",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var all = new Option<bool>("--all") { Description = "All of them" };
        return new Verb("revoke", "Ask again from now on", VerbGroup.Repository)
        {
            Examples = ["agent-ide approvals revoke 3", "agent-ide approvals revoke --all"],
            Run = (invocation, cancellationToken) => RevokeAsync(invocation, invocation.Get(numbers) ?? [], invocation.Get(all), cancellationToken),
        }.With(numbers, all);
    }

    private static async Task<int> ListAsync(VerbInvocation invocation, CancellationToken cancellationToken)
    {
        await using var client = await invocation.AttachAsync(cancellationToken);
        var result = await client.ApprovalsAsync(cancellationToken);
        if (invocation.Output.IsJson)
        {
            invocation.Output.Json(result, AgentJson.Default.StandingApprovalsResult);
            return ExitCodes.Done;
        }

        if (result.Approvals.Count == 0)
        {
            invocation.Output.Line("No call is allowed in every task of this repository.");
        }

        Write(invocation.Output, result);
        return ExitCodes.Done;
    }

    private static async Task<int> RevokeAsync(VerbInvocation invocation, int[] numbers, bool all, CancellationToken cancellationToken)
    {
        if (all == numbers.Length > 0)
        {
            throw new UsageException("Name the approvals to take back, or --all.", "agent-ide approvals lists them.");
        }

        await using var client = await invocation.AttachAsync(cancellationToken);
        var result = await client.RevokeApprovalsAsync(all ? null : numbers, cancellationToken);
        if (invocation.Output.IsJson)
        {
            invocation.Output.Json(result, AgentJson.Default.StandingApprovalsResult);
            return ExitCodes.Done;
        }

        invocation.Output.Line(result.Approvals.Count == 0 ? "There was nothing to take back." : "Asked about again from now on:");
        Write(invocation.Output, result);
        return ExitCodes.Done;
    }

    private static void Write(VerbOutput output, StandingApprovalsResult result)
    {
        foreach (var approval in result.Approvals)
        {
            var number = approval.Number.ToString(CultureInfo.InvariantCulture);
            foreach (var line in ApprovalText.Exact(
                $"{output.Paint(number.PadLeft(3), Tone.Strong)}  {TerminalText.Line(approval.Tool)}", approval.Summary, text => output.Paint(text, Tone.Attention)))
            {
                output.Line(line);
            }

            var where = approval.Unsandboxed ? ", also without a sandbox" : string.Empty;
            output.Line($"     since {approval.AllowedAt.ToLocalTime():yyyy-MM-dd HH:mm}, in {TerminalText.Line(approval.Task)}{where}");
            output.Line($"     {output.Paint(string.Join(' ', ExactText.Lines(approval.Arguments)), Tone.Faint)}");
        }

        if (result.Problem is { } problem)
        {
            output.Note(TerminalText.Line(problem));
        }
    }
}
