using System.Buffers;
using Agent.Ide.Coordinator.Configuration.Keys;
using Agent.Ide.Coordinator.Configuration.Yaml;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>
/// Variables named like the keys, in capitals, with <c>__</c> for each dot: <c>AGENT_IDE_WORKTREE__MAX_CONCURRENT</c>. A
/// text stands for itself, everything else is YAML (<c>AGENT_IDE_TOOLS='[{name: run_command, approval: always}]'</c>). An
/// empty variable counts as not set. Any other variable with the prefix is an error, except those with
/// <see cref="InternalPrefix"/>, which this program sets for its own processes.
/// </summary>
public static class EnvironmentLayer
{
    public const string Prefix = "AGENT_IDE_";

    /// <summary>Variables between processes of this program; no part of the configuration.</summary>
    public const string InternalPrefix = "AGENT_IDE_INTERNAL_";

    /// <summary>A value that is no text and longer than this is no configuration.</summary>
    private const int MaxLength = 16 * 1024;

    private const string Tools = "AGENT_IDE_TOOLS";

    /// <summary>A word or number of these is a plain scalar as it stands; starting the YAML parser for it costs 60 ms once.</summary>
    private static readonly SearchValues<char> PlainCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");

    private static readonly Dictionary<string, ConfigurationKey> Keys =
        ConfigurationKeys.All.ToDictionary(key => VariableOf(key.Path), StringComparer.Ordinal);

    /// <summary>The variable of a key given as <c>worktree.max_concurrent</c>.</summary>
    public static string VariableOf(string keyPath) => Prefix + keyPath.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant();

    internal static IEnumerable<SettingsLayer> Read(IReadOnlyDictionary<string, string> environment, List<ConfigurationProblem> problems)
    {
        var comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        foreach (var (variable, value) in environment)
        {
            if (!variable.StartsWith(Prefix, comparison) || variable.StartsWith(InternalPrefix, comparison) || value.Length == 0)
            {
                continue;
            }

            var name = comparison == StringComparison.Ordinal ? variable : variable.ToUpperInvariant();
            var source = $"environment variable {Printable.Text(variable)}";
            var layer = new SettingsLayer(source, hasLines: false, problems);
            if (name == Tools)
            {
                if (Parse(source, value, problems) is { } list)
                {
                    layer.ReadTools(list);
                }
            }
            else if (!Keys.TryGetValue(name, out var key))
            {
                problems.Add(new ConfigurationProblem(source, null, null, string.Empty, $"names no key of the configuration{Suggest(name)}; remove it"));
            }
            else if (key.IsText)
            {
                layer.ReadValue(key, new YamlScalar(value, IsPlain: value == "null", 1, 1));
            }
            else if (Parse(source, value, problems) is { } node)
            {
                layer.ReadValue(key, node);
            }

            yield return layer;
        }
    }

    /// <summary>What all variables begin with would make every two of them look alike.</summary>
    private static string Suggest(string name) =>
        Suggestion.For(name[Prefix.Length..], Keys.Keys.Append(Tools).Select(known => known[Prefix.Length..])) is { } near
            ? $" (did you mean {Prefix}{near}?)"
            : string.Empty;

    private static YamlNode? Parse(string source, string value, List<ConfigurationProblem> problems)
    {
        var text = value.Trim();
        if (!text.AsSpan().ContainsAnyExcept(PlainCharacters))
        {
            return new YamlScalar(text, IsPlain: true, 1, 1);
        }

        if (text.Length > MaxLength)
        {
            problems.Add(new ConfigurationProblem(source, null, null, string.Empty, $"is longer than {MaxLength} characters"));
            return null;
        }

        try
        {
            return YamlReader.Read(text) ?? new YamlScalar(string.Empty, IsPlain: true, 1, 1);
        }
        catch (YamlProblemException problem)
        {
            problems.Add(new ConfigurationProblem(source, null, null, string.Empty, problem.Message));
            return null;
        }
    }

}
