using System.CommandLine;

namespace Agent.Ide.Cli.CommandLine;

/// <summary>One verb of the command line: its syntax, its help, and what it does.</summary>
internal sealed class Verb : Command
{
    public Verb(string name, string description, VerbGroup group)
        : base(name, description)
    {
        Group = group;
    }

    public VerbGroup Group { get; }

    /// <summary>Whole command lines, for the help page.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>False for what the product will have: known, listed, and refused.</summary>
    public bool IsBuilt { get; init; } = true;

    /// <summary>Null for a verb that only groups others.</summary>
    public Func<VerbInvocation, CancellationToken, Task<int>>? Run
    {
        get;
        init
        {
            field = value;

            // Never called. It tells the parser that this verb does not need one of its sub-verbs.
            SetAction(static _ => 0);
        }
    }

    public Verb With(params ReadOnlySpan<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    Add(argument);
                    break;
                case Option option:
                    Add(option);
                    break;
                case Command command:
                    Add(command);
                    break;
            }
        }

        return this;
    }

    /// <summary>A verb that is known and refused: whoever tries it learns that it is not their mistake.</summary>
    public static Verb NotBuilt(string name, string description, VerbGroup group) =>
        new(name, description, group)
        {
            IsBuilt = false,
            TreatUnmatchedTokensAsErrors = false,
            Run = (_, _) => throw UsageException.NotBuilt($"`agent-ide {name}`"),
        };
}

/// <summary>Headings of the help page, in its order.</summary>
internal enum VerbGroup
{
    Start,
    Watch,
    Review,
    Steer,
    Repository,
    Serve,
}
