using Agent.Ide.Coordinator.Configuration.Keys;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>A value that one layer gives to one key.</summary>
/// <param name="Source">Absolute path of the file, or <c>environment variable NAME</c>.</param>
/// <param name="Line">1-based; null outside files.</param>
internal sealed record Setting(ConfigurationKey Key, object? Value, string Source, int? Line);

/// <summary>The layers, the later ones over the earlier ones.</summary>
internal sealed class LayeredSettings
{
    private readonly Dictionary<string, Setting> _settings = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _otherTools = new(StringComparer.Ordinal);

    /// <summary>Tools of the configuration that do not exist here.</summary>
    public IEnumerable<string> OtherTools => _otherTools;

    public void Set(Setting setting) => _settings[setting.Key.Path] = setting;

    public void AddOtherTool(string tool) => _otherTools.Add(tool);

    /// <summary>Null where no layer says anything.</summary>
    public Setting? Find(ConfigurationKey key) => _settings.GetValueOrDefault(key.Path);

    public T Get<T>(ConfigurationKey<T> key) => _settings.TryGetValue(key.Path, out var setting) ? (T)setting.Value! : (T)key.DefaultValue!;

    public object? Get(ConfigurationKey key) => _settings.TryGetValue(key.Path, out var setting) ? setting.Value : key.DefaultValue;
}
