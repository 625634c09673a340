using Agent.Ide.Coordinator.Configuration.Keys;
using Agent.Ide.Coordinator.Configuration.Yaml;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>What one source says, checked against the keys. Problems are collected, so that a person sees all of them at once.</summary>
internal sealed class SettingsLayer
{
    private const string Root = "agent_session";

    private static readonly Dictionary<string, ConfigurationKey> Keys = ConfigurationKeys.All.ToDictionary(key => key.Path, StringComparer.Ordinal);

    /// <summary>Sections with the names in them; the empty section holds the names below <c>agent_session</c>.</summary>
    private static readonly Dictionary<string, List<string>> Sections = FindSections();

    private readonly List<ConfigurationProblem> _problems;
    private readonly string _source;
    private readonly bool _hasLines;

    /// <param name="source">Absolute path of the file, or <c>environment variable NAME</c>.</param>
    /// <param name="hasLines">False where the source is one value rather than a text with lines.</param>
    /// <param name="problems">Gets what is wrong.</param>
    public SettingsLayer(string source, bool hasLines, List<ConfigurationProblem> problems)
    {
        _source = source;
        _hasLines = hasLines;
        _problems = problems;
    }

    public List<Setting> Settings { get; } = [];

    /// <summary>Tools that do not exist here and are listed as disabled.</summary>
    public List<string> OtherTools { get; } = [];

    /// <summary>Reads a whole file.</summary>
    public void ReadFile(string text)
    {
        YamlNode? document;
        try
        {
            document = YamlReader.Read(text);
        }
        catch (YamlProblemException problem)
        {
            _problems.Add(new ConfigurationProblem(_source, problem.Line, problem.Column, string.Empty, problem.Message));
            return;
        }

        if (document is null or YamlScalar { IsNull: true })
        {
            return;
        }

        if (document is not YamlMapping mapping)
        {
            Report(document, string.Empty, $"is no mapping; allowed: {Root} with the settings below it");
            return;
        }

        foreach (var entry in Distinct(mapping, string.Empty))
        {
            if (entry.Key.Text == Root)
            {
                ReadSection(entry.Value, string.Empty);
            }
            else
            {
                var hint = Sections[string.Empty].Contains(entry.Key.Text)
                    ? $"; did you mean {Root}: {entry.Key.Text}?"
                    : Suggestion.Sentence(entry.Key.Text, [Root]);
                Report(entry.Key, Printable.Text(entry.Key.Text), $"is not a known key; allowed: {Root}{hint}");
            }
        }
    }

    /// <summary>Reads the value of one key.</summary>
    public void ReadValue(ConfigurationKey key, YamlNode node)
    {
        if (key.TryRead(node, out var value, out var problem))
        {
            Settings.Add(new Setting(key, value, _source, _hasLines ? node.Line : null));
        }
        else
        {
            Report(node, key.Path, problem);
        }
    }

    /// <summary>Reads the list under <c>tools</c>.</summary>
    public void ReadTools(YamlNode node)
    {
        if (node is YamlScalar { IsNull: true })
        {
            return;
        }

        if (node is not YamlSequence sequence)
        {
            Report(node, "tools", "is no list; allowed: a list of entries with a name each");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            ReadTool(sequence.Items[i], i, seen);
        }
    }

    private static Dictionary<string, List<string>> FindSections()
    {
        var sections = new Dictionary<string, List<string>>(StringComparer.Ordinal) { [string.Empty] = [] };
        foreach (var key in ConfigurationKeys.All)
        {
            var dot = key.Path.IndexOf('.', StringComparison.Ordinal);
            var section = dot < 0 ? string.Empty : key.Path[..dot];
            if (sections.TryAdd(section, []))
            {
                sections[string.Empty].Add(section);
            }

            sections[section].Add(key.Path[(dot + 1)..]);
        }

        sections[string.Empty].Add("tools");
        return sections;
    }

    private void ReadSection(YamlNode node, string section)
    {
        if (node is YamlScalar { IsNull: true })
        {
            return;
        }

        var names = Sections[section];
        if (node is not YamlMapping mapping)
        {
            Report(node, section.Length == 0 ? Root : section, $"is no mapping; allowed: a mapping with {string.Join(", ", names)}");
            return;
        }

        foreach (var entry in Distinct(mapping, section))
        {
            var path = Join(section, entry.Key.Text);
            if (path == "tools")
            {
                ReadTools(entry.Value);
            }
            else if (Keys.TryGetValue(path, out var key))
            {
                ReadValue(key, entry.Value);
            }
            else if (section.Length == 0 && Sections.ContainsKey(path) && path.Length > 0)
            {
                ReadSection(entry.Value, path);
            }
            else
            {
                Report(entry.Key, Printable.Text(path), UnknownKey(entry.Key.Text, names));
            }
        }
    }

    private void ReadTool(YamlNode node, int index, HashSet<string> seen)
    {
        var place = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"tools[{index}]");
        if (node is not YamlMapping mapping)
        {
            Report(node, place, $"is no mapping; allowed: a mapping with {string.Join(", ", ToolKeys.Fields)}");
            return;
        }

        var entries = Distinct(mapping, place).ToList();
        var nameEntry = entries.Find(entry => entry.Key.Text == "name");
        if (nameEntry?.Value is not YamlScalar { IsNull: false, Text.Length: > 0 and <= 200 } name)
        {
            Report(nameEntry?.Value ?? node, $"{place}.name", $"is missing or no text; allowed: {string.Join(", ", ToolKeys.Known)}");
            return;
        }

        var keys = new ToolKeys(Printable.Text(name.Text));
        if (!seen.Add(name.Text))
        {
            Report(name, $"tools[{keys.Tool}]", "is listed twice; write one entry for each tool");
            return;
        }

        var first = Settings.Count;
        foreach (var entry in entries)
        {
            if (keys.Field(entry.Key.Text) is { } key)
            {
                ReadValue(key, entry.Value);
            }
            else if (entry.Key.Text != "name")
            {
                Report(entry.Key, $"tools[{keys.Tool}].{Printable.Text(entry.Key.Text)}", UnknownKey(entry.Key.Text, ToolKeys.Fields));
            }
        }

        if (!ToolKeys.IsBuilt(name.Text))
        {
            KeepDisabled(name, keys, first);
        }
    }

    /// <summary>A tool that is not here may be listed if it is off; then nothing else about it matters.</summary>
    private void KeepDisabled(YamlScalar name, ToolKeys keys, int firstSetting)
    {
        var off = Settings.Skip(firstSetting).Any(setting => setting.Key == keys.Enabled && setting.Value is false);
        Settings.RemoveRange(firstSetting, Settings.Count - firstSetting);
        if (off)
        {
            OtherTools.Add(name.Text);
        }
        else if (Array.IndexOf(NotBuiltYet.Tools, name.Text) >= 0)
        {
            Report(name, $"tools[{keys.Tool}]", $"{name.Text} is not built yet; it is accepted with enabled: false only");
        }
        else
        {
            var built = ToolKeys.Known.Where(ToolKeys.IsBuilt).ToList();
            Report(name, $"tools[{keys.Tool}]",
                $"is no tool; allowed: {string.Join(", ", built)}, or any other name with enabled: false{Suggestion.Sentence(name.Text, built)}");
        }
    }

    private IEnumerable<YamlEntry> Distinct(YamlMapping mapping, string section)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in mapping.Entries)
        {
            if (seen.TryAdd(entry.Key.Text, entry.Key.Line))
            {
                yield return entry;
            }
            else
            {
                Report(entry.Key, Printable.Text(Join(section, entry.Key.Text)),
                    string.Create(System.Globalization.CultureInfo.InvariantCulture,
                        $"is there twice, first on line {seen[entry.Key.Text]}; write it once"));
            }
        }
    }

    private static string UnknownKey(string name, IReadOnlyList<string> allowed)
    {
        var hint = Suggestion.Sentence(name, allowed);
        if (hint.Length == 0)
        {
            // Right name, wrong place: max_tokens directly below agent_session.
            foreach (var key in ConfigurationKeys.All)
            {
                if (key.Path.EndsWith($".{name}", StringComparison.Ordinal))
                {
                    hint = $"; did you mean {key.Path}?";
                    break;
                }
            }
        }

        return $"is not a known key; allowed: {string.Join(", ", allowed)}{hint}";
    }

    private static string Join(string section, string name) => section.Length == 0 ? name : $"{section}.{name}";

    private void Report(YamlNode at, string key, string message) =>
        _problems.Add(new ConfigurationProblem(_source, _hasLines ? at.Line : null, _hasLines ? at.Column : null, key, message));
}
