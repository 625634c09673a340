using System.Text;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>The configuration cannot be used. Holds every problem found, not only the first; the exit code is 2.</summary>
public sealed class ConfigurationException : Exception
{
    public const int ExitCode = 2;

    /// <summary>What a message shows of a file that is wrong throughout.</summary>
    private const int MaxShown = 20;

    public ConfigurationException(IReadOnlyList<ConfigurationProblem> problems)
        : base(Describe(problems)) => Problems = problems;

    public IReadOnlyList<ConfigurationProblem> Problems { get; }

    private static string Describe(IReadOnlyList<ConfigurationProblem> problems)
    {
        var text = new StringBuilder();
        for (var i = 0; i < problems.Count && i < MaxShown; i++)
        {
            text.Append(i == 0 ? string.Empty : "\n").Append(problems[i]);
        }

        if (problems.Count > MaxShown)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\nand {problems.Count - MaxShown} more problems");
        }

        return text.ToString();
    }
}

/// <summary>One thing that is wrong with the configuration.</summary>
/// <param name="Source">Absolute path of the file, or <c>environment variable NAME</c>.</param>
/// <param name="Line">1-based; null where there is no line (a variable, an unreadable file).</param>
/// <param name="Column">1-based; null as <paramref name="Line"/>.</param>
/// <param name="Key">Path of the key below <c>agent_session</c>, with dots; empty when the problem is the whole source's.</param>
/// <param name="Message">What was found and what is allowed; one line, safe to print.</param>
public sealed record ConfigurationProblem(string Source, int? Line, int? Column, string Key, string Message)
{
    /// <summary><c>FILE:LINE:COLUMN: KEY: MESSAGE</c>, without the parts that do not exist.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Source);
        if (Line is { } line)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $":{line}");
        }

        if (Column is { } column)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $":{column}");
        }

        if (Key.Length > 0)
        {
            text.Append(": ").Append(Key);
        }

        return text.Append(": ").Append(Message).ToString();
    }
}
