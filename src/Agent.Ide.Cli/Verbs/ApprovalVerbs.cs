using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Client;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>approve ID CALL [--always]</c> and <c>deny ID CALL</c>: answers to an approval.</summary>
internal static class ApprovalVerbs
{
    public static Verb CreateApprove()
    {
        var id = TaskIdArgument.One();
        var call = Call();
        var always = new Option<bool>("--always") { Description = "Also allow the same call later in this task" };
        return new Verb("approve", "Allow a call that waits for approval", VerbGroup.Steer)
        {
            Examples = ["agent-ide approve fix call-7", "agent-ide approve fix call-7 --always"],
            Run = (invocation, cancellationToken) => AnswerAsync(
                invocation,
                invocation.Get(id)!,
                invocation.Get(call)!,
                invocation.Get(always) ? ApprovalDecisions.AllowAlways : ApprovalDecisions.Allow,
                cancellationToken),
        }.With(id, call, always);
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
