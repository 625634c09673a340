using System.CommandLine;

namespace Agent.Ide.Cli.Verbs;

/// <summary>The argument that names a task, the same in each verb.</summary>
internal static class TaskIdArgument
{
    public static Argument<string> One() => new("ID") { Description = "A task's id, or a beginning of it that fits no other" };

    public static Argument<string?> Optional() =>
        new("ID") { Description = "A task's id, or a beginning of it that fits no other", Arity = ArgumentArity.ZeroOrOne };

    public static Argument<string[]> Many() =>
        new("ID") { Description = "Ids of tasks, or beginnings of them that fit no other", Arity = ArgumentArity.OneOrMore };
}
