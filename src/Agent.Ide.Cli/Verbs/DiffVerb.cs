using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>diff ID</c>: unified diff against the base, or of one step.</summary>
internal static class DiffVerb
{
    public static Verb Create()
    {
        var id = TaskIdArgument.One();
        var step = new Option<int?>("--step") { Description = "Only what this step changed", HelpName = "N" };
        var stat = new Option<bool>("--stat") { Description = "Only a summary per file" };
        return new Verb("diff", "What a task changes against its base, or in one step", VerbGroup.Review)
        {
            Examples = ["agent-ide diff fix", "agent-ide diff fix --step 3", "agent-ide diff fix --stat", "agent-ide diff fix | git apply --check"],
            Run = async (invocation, cancellationToken) =>
            {
                var number = invocation.Get(step);
                if (number < 1)
                {
                    throw new UsageException("Steps count from 1.", "`agent-ide show ID` lists them.");
                }

                var output = invocation.Output;
                await using var client = await invocation.AttachAsync(cancellationToken);
                var task = VerbInvocation.ResolveId(client, invocation.Get(id)!);
                if (output.IsJson)
                {
                    var diff = await client.DiffAsync(new DiffParams(task, number - 1, number), cancellationToken);
                    output.Json(diff, AgentJson.Default.DiffResult);
                    return ExitCodes.Done;
                }

                var patch = await client.PatchAsync(new PatchParams(task, number - 1, number, invocation.Get(stat)), cancellationToken);
                if (invocation.Host.OutIsTerminal)
                {
                    Paint(output, patch.Text);
                }
                else
                {
                    // To a file or a program byte for byte: `git apply` has to accept it.
                    output.Raw(patch.Text);
                }

                if (patch.Text.Length == 0)
                {
                    output.Note(number is null ? $"{task} changes nothing." : $"Step {number} of {task} changed nothing.");
                }
                else if (patch.Truncated)
                {
                    output.Note("The rest is too long to be shown; `git diff` in the task's worktree has it all.");
                }

                return ExitCodes.Done;
            },
        }.With(id, step, stat);
    }

    /// <summary>Colours the lines of a unified diff.</summary>
    internal static void Paint(VerbOutput output, string patch)
    {
        foreach (var line in TerminalText.Block(patch).TrimEnd('\n').Split('\n'))
        {
            output.Line(output.Paint(Shorten(line), ToneOf(line)));
        }
    }

    /// <summary>A patch names blobs in full, which a program needs and a person does not.</summary>
    private static string Shorten(string line)
    {
        if (!line.StartsWith("index ", StringComparison.Ordinal) || line.Split(' ') is not [_, var blobs, .. var mode] || blobs.Split("..") is not [var from, var to])
        {
            return line;
        }

        return string.Join(' ', mode.Prepend($"index {Amounts.Hash(from)}..{Amounts.Hash(to)}"));
    }

    private static Tone ToneOf(string line) => line switch
    {
        ['+', '+', '+', ' ', ..] or ['-', '-', '-', ' ', ..] => Tone.Strong,
        ['+', ..] => Tone.Good,
        ['-', ..] => Tone.Bad,
        ['@', '@', ..] => Tone.Active,
        _ when line.StartsWith("diff --git ", StringComparison.Ordinal) => Tone.Strong,
        _ => Tone.Plain,
    };
}
