using System.CommandLine;
using Agent.Ide.Cli.Output;

namespace Agent.Ide.Cli.CommandLine;

/// <summary>The text of <c>--help</c>, for the whole and for each verb.</summary>
internal static class HelpPage
{
    private const int Indent = 2;

    private const int Gap = 2;

    public static void Write(Command command, TextWriter writer)
    {
        if (command is Verb verb)
        {
            WriteVerb(verb, writer);
        }
        else
        {
            WriteRoot(command, writer);
        }
    }

    /// <summary><c>agent-ide diff ID [--step N] [--stat]</c></summary>
    public static string UsageOf(Command command)
    {
        var parts = new List<string> { SyntaxCheck.NameOf(command) };
        if (command.Subcommands.Count > 0)
        {
            parts.Add(command is Verb { Run: not null } ? $"[{VerbsOf(command)}]" : VerbsOf(command));
        }

        parts.AddRange(command.Arguments.Select(ArgumentUsage));
        parts.AddRange(command.Options.Where(option => !option.Recursive).Select(option => option.Required ? OptionUsage(option) : $"[{OptionUsage(option)}]"));
        return string.Join(' ', parts);
    }

    private static void WriteRoot(Command root, TextWriter writer)
    {
        writer.WriteLine("agent-ide: AI agents in git worktrees of their own, every step a commit");
        writer.WriteLine();
        writer.WriteLine("Usage: agent-ide VERB [--repo DIR] [--json]");
        foreach (var group in Enum.GetValues<VerbGroup>())
        {
            writer.WriteLine();
            writer.WriteLine(HeadingOf(group));
            WriteColumns(
                root.Subcommands.OfType<Verb>().Where(verb => verb.Group == group && !verb.Hidden)
                    .Select(verb => (ShortUsage(verb), verb.IsBuilt ? verb.Description : $"{verb.Description} (not built yet)")),
                writer);
        }

        writer.WriteLine();
        writer.WriteLine("Options");
        WriteColumns(root.Options.Select(option => (OptionUsage(option), option.Description)), writer);
        writer.WriteLine();
        writer.WriteLine("Exit codes");
        WriteColumns(
            [
                ("0", "done, or ready for review"),
                ("1", "the task or the verb failed"),
                ("2", "wrong usage or configuration"),
                ("3", "conflict"),
                ("4", "validation failed"),
                ("5", "denied, or no approval possible"),
                ("6", "environment: no git repository, no model, no sandbox where one is required"),
                ("130", "interrupted"),
            ],
            writer);
        writer.WriteLine();
        writer.WriteLine("Examples");
        foreach (var example in (ReadOnlySpan<string>)
            [
                "agent-ide demo",
                "agent-ide run \"Fix the typo in README.md\"",
                "agent-ide diff fix",
                "agent-ide accept fix",
            ])
        {
            writer.WriteLine($"  {example}");
        }

        writer.WriteLine();
        writer.WriteLine("A task's ID may be shortened as long as it stays unique. `agent-ide VERB --help` tells more.");
    }

    private static void WriteVerb(Verb verb, TextWriter writer)
    {
        writer.WriteLine($"{SyntaxCheck.NameOf(verb)}: {verb.Description}");
        if (!verb.IsBuilt)
        {
            writer.WriteLine("Not built yet: it is known, and refused with exit code 2.");
        }

        writer.WriteLine();
        writer.WriteLine($"Usage: {UsageOf(verb)}");
        WriteSection("Verbs", verb.Subcommands.Select(child => (child.Name, child.Description)), writer);
        WriteSection("Arguments", verb.Arguments.Select(argument => (argument.Name, argument.Description)), writer);
        var inherited = verb.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive));
        WriteSection("Options", verb.Options.Concat(inherited).Select(option => (OptionUsage(option), option.Description)), writer);
        if (verb.Examples.Count > 0)
        {
            writer.WriteLine();
            writer.WriteLine("Examples");
            foreach (var example in verb.Examples)
            {
                writer.WriteLine($"  {example}");
            }
        }
    }

    private static void WriteSection(string heading, IEnumerable<(string First, string? Second)> rows, TextWriter writer)
    {
        var all = rows.ToList();
        if (all.Count > 0)
        {
            writer.WriteLine();
            writer.WriteLine(heading);
            WriteColumns(all, writer);
        }
    }

    private static void WriteColumns(IEnumerable<(string First, string? Second)> rows, TextWriter writer)
    {
        var all = rows.ToList();
        var width = all.Max(row => row.First.Length);
        foreach (var (first, second) in all)
        {
            writer.Write(new string(' ', Indent));
            writer.Write(first.PadRight(width + Gap));
            writer.WriteLine(second);
        }
    }

    private static string ShortUsage(Verb verb)
    {
        if (verb.Subcommands.Count > 0)
        {
            return verb.Run is null ? $"{verb.Name} {VerbsOf(verb)}" : $"{verb.Name} [{VerbsOf(verb)}]";
        }

        return string.Join(' ', verb.Arguments.Select(ArgumentUsage).Prepend(verb.Name));
    }

    private static string VerbsOf(Command command) => string.Join('|', command.Subcommands.Select(verb => verb.Name));

    private static string ArgumentUsage(Argument argument)
    {
        var name = argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name} …" : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static string OptionUsage(Option option)
    {
        var usage = option.HelpName is { } value ? $"{option.Name} {value}" : option.Name;
        return option.Arity.MaximumNumberOfValues > 1 ? $"{usage} …" : usage;
    }

    private static string HeadingOf(VerbGroup group) => group switch
    {
        VerbGroup.Start => "Start",
        VerbGroup.Watch => "Watch",
        VerbGroup.Review => "Review",
        VerbGroup.Steer => "Steer",
        VerbGroup.Repository => "Repository",
        _ => "Serve",
    };
}
