using System.CommandLine;

namespace Agent.Ide.Cli.CommandLine;

/// <summary>Options that every verb has.</summary>
internal sealed class CommonOptions
{
    public Option<string> Repo { get; } = new("--repo")
    {
        Description = "A folder of the repository; the current one where not given",
        HelpName = "DIR",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Print JSON only on standard output, messages on standard error",
        Recursive = true,
    };

    public Option<bool> Help { get; } = new("--help", "-h", "-?")
    {
        Description = "Show help",
        Recursive = true,
    };

    public Option<bool> Version { get; } = new("--version")
    {
        Description = "Show the version",
    };
}
