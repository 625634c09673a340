using System.CommandLine;
using Agent.Ide.Cli.Output;

namespace Agent.Ide.Cli.CommandLine;

/// <summary>Says what is wrong with a command line, and what would be right.</summary>
internal static class SyntaxCheck
{
    /// <exception cref="UsageException">The command line is not one of ours.</exception>
    public static void Run(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        var command = parsed.CommandResult.Command;
        if (command is Verb { IsBuilt: false, Subcommands.Count: 0 })
        {
            return;
        }

        CheckOptions(parsed, command, arguments);
        var unmatched = command.TreatUnmatchedTokensAsErrors ? parsed.UnmatchedTokens : [];
        if (command is not Verb { Run: not null })
        {
            throw UnknownVerb(command, unmatched.Count > 0 ? unmatched[0] : null);
        }

        if (unmatched.Count > 0)
        {
            throw new UsageException(
                $"`{NameOf(command)}` does not take '{TerminalText.Line(unmatched[0])}'.",
                unmatched.Count > 0 && command.Name == "run" ? "Put the prompt in quotes." : $"Usage: {HelpPage.UsageOf(command)}.");
        }

        if (parsed.Errors.Count > 0)
        {
            throw new UsageException(TerminalText.Line(parsed.Errors[0].Message), $"Usage: {HelpPage.UsageOf(command)}.");
        }
    }

    public static string NameOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{NameOf(parent)} {command.Name}" : "agent-ide";

    /// <summary>The parser takes an unknown option for an argument where one fits; a typing error must not become a prompt.</summary>
    private static void CheckOptions(ParseResult parsed, Command command, IReadOnlyList<string> arguments)
    {
        var end = arguments.ToList().IndexOf("--");
        var typed = parsed.UnmatchedTokens
            .Concat(command.Arguments.SelectMany(argument => parsed.GetResult(argument)?.Tokens.Select(token => token.Value) ?? []));
        foreach (var token in typed)
        {
            var isOption = token.Length > 1 && token[0] == '-' && !token.Contains(' ', StringComparison.Ordinal);
            var position = arguments.ToList().IndexOf(token);
            if (isOption && (end < 0 || (position >= 0 && position < end)))
            {
                throw new UsageException(
                    $"`{NameOf(command)}` has no option {TerminalText.Line(token)}.",
                    $"Options: {string.Join(", ", OptionsOf(command).Select(option => option.Name))}.");
            }
        }
    }

    private static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => OptionsOf(parent).Where(option => option.Recursive)));

    private static UsageException UnknownVerb(Command command, string? typed)
    {
        var names = command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name).ToList();
        var message = typed is null
            ? $"`{NameOf(command)}` needs a verb."
            : $"`{NameOf(command)}` has no verb '{TerminalText.Line(typed)}'.";
        return new UsageException(message, $"Verbs: {string.Join(", ", names)}.");
    }
}
