namespace Agent.Ide.Protocol;

/// <summary>Which environment variables a front end hands over when it attaches: its own settings and keys, nothing else.</summary>
public static class ClientVariables
{
    public const string SettingsPrefix = "AGENT_IDE_";

    /// <summary>Seconds since 1970; makes commits reproducible (https://reproducible-builds.org/specs/source-date-epoch/).</summary>
    public const string SourceDateEpoch = "SOURCE_DATE_EPOCH";

    private static readonly string[] Keys = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"];

    private static readonly string[] Names = [.. Keys, SourceDateEpoch, "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"];

    /// <summary>Whether it is the key of a model service.</summary>
    public static bool IsKey(string name) => Array.IndexOf(Keys, name) >= 0;

    public static bool IsPersonal(string name) =>
        name.StartsWith(SettingsPrefix, StringComparison.Ordinal) || Array.IndexOf(Names, name) >= 0;

    /// <summary>The personal part of an environment.</summary>
    public static IReadOnlyDictionary<string, string> Select(IEnumerable<KeyValuePair<string, string>> environment)
    {
        var selected = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in environment)
        {
            if (IsPersonal(name))
            {
                selected[name] = value;
            }
        }

        return selected;
    }
}
