using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Setup;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>doctor</c>: what is there, what is missing, and how to get it.</summary>
internal static class DoctorVerb
{
    public static Verb Create() => new("doctor", "Check git, sandbox, limits and model; says what is missing and how to get it", VerbGroup.Repository)
    {
        Examples = ["agent-ide doctor", "agent-ide doctor --json"],
        Run = async (invocation, cancellationToken) =>
        {
            var output = invocation.Output;
            var result = await CheckAsync(invocation, cancellationToken);
            if (output.IsJson)
            {
                output.Json(result, AgentJson.Default.DoctorResult);
            }
            else
            {
                var width = result.Checks.Select(check => TerminalText.Line(check.Name).Length).DefaultIfEmpty().Max();
                foreach (var check in result.Checks)
                {
                    Write(output, check, width);
                }
            }

            return result.Checks.All(check => check.Ok) ? ExitCodes.Done : ExitCodes.Environment;
        },
    };

    private static async Task<DoctorResult> CheckAsync(VerbInvocation invocation, CancellationToken cancellationToken)
    {
        try
        {
            await using var client = await invocation.AttachAsync(cancellationToken);
            return await client.DoctorAsync(cancellationToken);
        }
        catch (GitException exception)
        {
            // Without a repository there is no coordinator to ask; that is the finding.
            var name = exception.Problem is GitProblem.GitMissing or GitProblem.GitTooOld ? "git" : "repository";
            return new DoctorResult([new SetupCheck(name, Ok: false, exception.Message)]);
        }
    }

    private static void Write(VerbOutput output, SetupCheck check, int width)
    {
        var mark = check.Ok ? output.Paint("✓ ok     ", Tone.Good) : output.Paint("✗ missing", Tone.Bad);
        output.Line($"{mark}  {TerminalText.Line(check.Name).PadRight(width)}  {TerminalText.Line(check.Message)}");
        if (!check.Ok && check.Fix is { } fix)
        {
            output.Line($"{new string(' ', width + 13)}{TerminalText.Line(fix)}");
        }
    }
}
