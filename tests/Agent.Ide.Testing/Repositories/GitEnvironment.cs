namespace Agent.Ide.Testing.Repositories;

/// <summary>Environments for git that keep the machine's own configuration out of a test.</summary>
public static class GitEnvironment
{
    /// <param name="home">Folder that serves as HOME; its <c>.gitconfig</c> is the only global configuration.</param>
    public static IReadOnlyDictionary<string, string> Isolated(string home)
    {
        var environment = new Dictionary<string, string>
        {
            ["HOME"] = home,
            ["XDG_CONFIG_HOME"] = Path.Combine(home, ".config"),
            ["GIT_CONFIG_GLOBAL"] = Path.Combine(home, ".gitconfig"),
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["LC_ALL"] = "C",
        };
        foreach (var name in (ReadOnlySpan<string>)["PATH", "TMPDIR", "SystemRoot", "USERPROFILE"])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                environment[name] = value;
            }
        }

        return environment;
    }
}
