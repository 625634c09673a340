using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Client;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>approve ID CALL [--always | --always-in-repository]</c> and <c>deny ID CALL</c>: answers to an approval.</summary>
internal static class ApprovalVerbs
{
    public static Verb CreateApprove()
    {
        var id = TaskIdArgument.One();
        var call = Call();
        var always = new Option<bool>("--always") { Description = "Also allow the same call later in this task" };
        var everywhere = new Option<bool>("--always-in-repository")
        {
            Description = "Also allow the same call in every task of this repository, until `agent-ide approvals revoke`",
        };
        return new Verb("approve", "Allow a call that waits for approval", VerbGroup.Steer)
        {
            Examples = ["agent-ide approve fix call-7", "agent-ide approve fix call-7 --always", "agent-ide approve fix call-7 --always-in-repository"],
            Run = (invocation, cancellationToken) => AnswerAsync(
                invocation,
                invocation.Get(id)!,
                invocation.Get(call)!,
                Decision(invocation.Get(always), invocation.Get(everywhere)),
                cancellationToken),
        }.With(id, call, always, everywhere);
    }

    public static Verb CreateDeny()
    {
        var id = TaskIdArgument.One();
        var call = Call();
        return new Verb("deny", "Refuse a call that waits for approval", VerbGroup.Steer)
        {
            Examples = ["agent-ide deny fix call-7"],
            Run = (invocation, cancellationToken) =>
                AnswerAsync(invocation, invocation.Get(id)!, invocation.Get(call)!, ApprovalDecisions.Deny, cancellationToken),
        }.With(id, call);
    }

    private static string Decision(bool always, bool everywhere) => (always, everywhere) switch
    {
        (true, true) => throw new UsageException("--always and --always-in-repository exclude each other.", "Choose one of them."),
        (true, false) => ApprovalDecisions.AllowAlways,
        (false, true) => ApprovalDecisions.AllowAlwaysInRepository,
        _ => ApprovalDecisions.Allow,
    };

    private static Argument<string> Call() => new("CALL") { Description = "Id of the call, as `agent-ide show ID` lists it" };

    private static async Task<int> AnswerAsync(VerbInvocation invocation, string typed, string call, string decision, CancellationToken cancellationToken)
    {
        await using var client = await invocation.AttachAsync(cancellationToken);
        var id = VerbInvocation.ResolveId(client, typed);
        var result = await client.RespondAsync(id, call, decision, cancellationToken);
        if (invocation.Output.IsJson)
        {
            invocation.Output.Json(result, AgentJson.Default.EmptyResult);
        }
        else
        {
            invocation.Output.Line(decision == ApprovalDecisions.Deny ? $"Denied; {id} was told." : $"Allowed; {id} goes on.");
        }

        return ExitCodes.Done;
    }
}
