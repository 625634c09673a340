using System.Text;

namespace Agent.Ide.Git;

/// <summary>A git operation failed. The message is one line that says what happened and what to do.</summary>
public sealed class GitException : Exception
{
    public GitException(GitProblem problem, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Problem = problem;
    }

    public GitProblem Problem { get; }

    /// <summary>The exit code of the git process, where one ran.</summary>
    public int? ExitCode { get; init; }

    /// <summary>What git wrote to standard error, its tail; empty where no process ran.</summary>
    public string ErrorOutput { get; init; } = string.Empty;

    /// <summary>Describes a git process that ended with an unexpected code.</summary>
    internal static GitException FromProcess(IReadOnlyList<string> arguments, int exitCode, string error)
    {
        var line = LastLine(error);
        if (line.Contains(" filter ", StringComparison.Ordinal) && line.EndsWith(" failed", StringComparison.Ordinal))
        {
            // "fatal: big.bin: clean filter 'lfs' failed", after what the shell said about the program, if it said anything.
            var first = error.Trim().Split('\n')[0];
            var reason = first == line ? string.Empty : $" ({first})";
            return new GitException(
                GitProblem.FilterFailed,
                $"{line.Replace("fatal: ", string.Empty, StringComparison.Ordinal)}{reason}. Install the program that git's configuration names for this filter, or remove the filter, then try again.")
            {
                ExitCode = exitCode,
                ErrorOutput = error,
            };
        }

        var problem = LooksLikeStorage(error) ? GitProblem.Storage : GitProblem.CommandFailed;
        var message = new StringBuilder("git ").Append(Essence(arguments)).Append(" failed (exit ").Append(exitCode).Append(')');
        if (line.Length > 0)
        {
            message.Append(": ").Append(line);
        }

        if (problem == GitProblem.Storage)
        {
            message.Append(". Free space or make the repository writable, then try again.");
        }

        return new GitException(problem, message.ToString()) { ExitCode = exitCode, ErrorOutput = error };
    }

    /// <summary>The sub-command and its first operands: enough to recognise it, without a thousand paths.</summary>
    private static string Essence(IReadOnlyList<string> arguments)
    {
        const int Words = 4;
        var essence = string.Join(' ', arguments.Take(Words));
        return arguments.Count > Words ? essence + " …" : essence;
    }

    private static string LastLine(string error)
    {
        var trimmed = error.AsSpan().TrimEnd();
        var start = trimmed.LastIndexOf('\n') + 1;
        return trimmed[start..].ToString();
    }

    private static bool LooksLikeStorage(string error) =>
        error.Contains("No space left on device", StringComparison.Ordinal)
        || error.Contains("Read-only file system", StringComparison.Ordinal)
        || error.Contains("Disk quota exceeded", StringComparison.Ordinal)
        || error.Contains(": Permission denied", StringComparison.Ordinal)
        || error.Contains("insufficient permission for adding an object", StringComparison.Ordinal);
}
