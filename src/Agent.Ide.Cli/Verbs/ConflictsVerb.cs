using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>conflicts</c>: pairs that would conflict. A list, not a check: it ends with 0 whether there are some or none.</summary>
internal static class ConflictsVerb
{
    private const string User = "user";

    public static Verb Create() => new("conflicts", "Tasks that would conflict with each other or with your uncommitted edits", VerbGroup.Review)
    {
        Examples = ["agent-ide conflicts", "agent-ide conflicts --json"],
        Run = async (invocation, cancellationToken) =>
        {
            var output = invocation.Output;
            await using var client = await invocation.AttachAsync(cancellationToken);
            var result = await client.ConflictsAsync(cancellationToken);
            if (output.IsJson)
            {
                output.Json(result, AgentJson.Default.ConflictsResult);
                return ExitCodes.Done;
            }

            if (result.Pairs.Count == 0)
            {
                output.Line("No conflicts.");
            }

            foreach (var pair in result.Pairs)
            {
                output.Line($"{output.Paint(NameOf(pair.Left), Tone.Strong)} and {output.Paint(NameOf(pair.Right), Tone.Strong)}");
                foreach (var file in pair.Files)
                {
                    output.Line($"  {TaskLines.Conflict(file)}");
                }
            }

            return ExitCodes.Done;
        },
    };

    private static string NameOf(string side) => side == User ? "your uncommitted edits" : TerminalText.Line(side);
}
