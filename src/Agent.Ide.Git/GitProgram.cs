using System.Collections.Frozen;
using System.ComponentModel;
using Agent.Ide.Processes;

namespace Agent.Ide.Git;

/// <summary>The git executable this process uses, its version, and the environment every git process gets.</summary>
public sealed class GitProgram
{
    /// <summary>First with <c>merge-tree --write-tree</c> and <c>cat-file -z</c>.</summary>
    public static readonly Version MinimumVersion = new(2, 38);

    private const string InstallHint = "Install git 2.38 or newer and make sure it is on the PATH.";

    private GitProgram(string fileName, Version version, IReadOnlyDictionary<string, string> environment)
    {
        FileName = fileName;
        Version = version;
        Environment = environment;
    }

    public string FileName { get; }

    public Version Version { get; }

    /// <summary>
    /// This process's environment without anything that steers git (every <c>GIT_*</c>, askpass programs), plus what
    /// makes git quiet, English, and unable to prompt, page, edit or reach a network.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Finds git and checks its version (one process, about 2 ms).</summary>
    /// <param name="fileName">A path, or a name looked up on the PATH.</param>
    /// <param name="cancellationToken">Kills the process.</param>
    /// <exception cref="GitException"><see cref="GitProblem.GitMissing"/> or <see cref="GitProblem.GitTooOld"/>.</exception>
    public static Task<GitProgram> LocateAsync(string fileName = "git", CancellationToken cancellationToken = default)
    {
        var inherited = System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? string.Empty, StringComparer.Ordinal);
        return LocateAsync(fileName, inherited, cancellationToken);
    }

    /// <summary>The same with another environment than this process's to start from.</summary>
    public static async Task<GitProgram> LocateAsync(
        string fileName, IReadOnlyDictionary<string, string> inherited, CancellationToken cancellationToken = default)
    {
        var environment = Clean(inherited);
        ProcessResult result;
        try
        {
            result = await ChildProcess.RunAsync(
                new ProcessStart { FileName = fileName, Arguments = ["version"], Environment = environment },
                cancellationToken: cancellationToken);
        }
        catch (Win32Exception exception)
        {
            throw new GitException(GitProblem.GitMissing, $"git was not found ({fileName}). {InstallHint}", exception);
        }

        var version = result.ExitCode == 0 ? ParseVersion(result.OutputText) : null;
        if (version is null)
        {
            throw new GitException(GitProblem.GitMissing, $"{fileName} does not answer like git. {InstallHint}");
        }

        if (version < MinimumVersion)
        {
            throw new GitException(GitProblem.GitTooOld, $"git {version} is too old. {InstallHint}");
        }

        return new GitProgram(fileName, version, environment);
    }

    /// <summary><c>git version 2.39.5 (Apple Git-154)</c> gives 2.39.5; null for anything else.</summary>
    internal static Version? ParseVersion(string text)
    {
        const string Prefix = "git version ";
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var numbers = new List<int>(3);
        foreach (var part in text[Prefix.Length..].Trim().Split(' ')[0].Split('.'))
        {
            if (numbers.Count == 3 || !int.TryParse(part, out var number))
            {
                break;
            }

            numbers.Add(number);
        }

        return numbers.Count switch
        {
            >= 3 => new Version(numbers[0], numbers[1], numbers[2]),
            2 => new Version(numbers[0], numbers[1]),
            _ => null,
        };
    }

    private static FrozenDictionary<string, string> Clean(IReadOnlyDictionary<string, string> inherited)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in inherited)
        {
            if (!name.StartsWith("GIT_", StringComparison.OrdinalIgnoreCase)
                && name is not ("SSH_ASKPASS" or "EDITOR" or "VISUAL" or "PAGER" or "LESS" or "LV" or "LANGUAGE"))
            {
                environment[name] = value;
            }
        }

        environment["LC_ALL"] = "C";
        environment["GIT_OPTIONAL_LOCKS"] = "0";
        environment["GIT_TERMINAL_PROMPT"] = "0";
        environment["GIT_EDITOR"] = ":";
        environment["GIT_SEQUENCE_EDITOR"] = ":";
        environment["GIT_PAGER"] = "cat";
        // An empty list of protocols allows none: no command of the host's ever needs to fetch.
        environment["GIT_ALLOW_PROTOCOL"] = string.Empty;
        environment["GIT_NO_REPLACE_OBJECTS"] = "1";
        environment["GIT_LITERAL_PATHSPECS"] = "1";
        return environment.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
