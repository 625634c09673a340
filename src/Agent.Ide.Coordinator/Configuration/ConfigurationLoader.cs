using Agent.Ide.Coordinator.Configuration.Keys;
using Agent.Ide.Coordinator.Configuration.Trust;

using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>
/// Puts the layers together: defaults, the user's file, the repository's <c>.agent-ide.yaml</c>, the environment. The first
/// and the last are the user's own and count as they are. The repository's file is somebody else's input: what in it could
/// spend, leak or run something counts only in a content that the user trusted. Each load reads the files anew.
/// </summary>
public sealed class ConfigurationLoader
{
    public const string RepositoryFileName = ".agent-ide.yaml";

    private readonly ConfigurationSources _sources;

    public ConfigurationLoader(ConfigurationSources sources) => _sources = sources;

    /// <param name="checkoutRoot">The folder that holds the repository's file; absolute.</param>
    /// <param name="commonDir">The repository's common git folder; absolute.</param>
    /// <exception cref="ConfigurationException">Any layer is wrong; holds all problems of all layers.</exception>
    public LoadedConfiguration Load(string checkoutRoot, string commonDir)
    {
        var layers = Read(checkoutRoot);
        var settings = layers.UsersOwn();
        var notices = new List<ConfigurationNotice>();
        AddRepositorySettings(layers, settings, commonDir, notices);
        foreach (var layer in layers.Environment)
        {
            Add(layer, settings);
        }

        // What a variable decides anyway is no news.
        notices.RemoveAll(notice => layers.Environment.Any(layer => layer.Settings.Any(setting => setting.Key.Path == notice.Key)));
        var effective = SettingsAssembly.Assemble(settings, setting => FolderOf(setting, checkoutRoot, layers));
        AddUnusedNotices(settings, effective, notices);
        return new LoadedConfiguration
        {
            Settings = effective,
            Notices = notices,
            RepositoryFile = layers.RepositoryFile?.Path,
            RepositoryFileHash = layers.RepositoryFile?.Hash,
        };
    }

    /// <summary>What the user would agree to by trusting the repository's file as it is now.</summary>
    /// <returns>Null where the repository has no such file.</returns>
    /// <exception cref="ConfigurationException">Any layer is wrong; holds all problems of all layers.</exception>
    public TrustReport? InspectTrust(string checkoutRoot, string commonDir)
    {
        var layers = Read(checkoutRoot);
        if (layers.RepositoryFile is not { } file)
        {
            return null;
        }

        var usersOwn = layers.UsersOwn();
        var items = new List<TrustItem>();
        foreach (var setting in layers.Repository.Settings)
        {
            if (NeedsTrust(setting, usersOwn))
            {
                items.Add(new TrustItem(
                    setting.Key.Path, setting.Key.Format(setting.Value), setting.Key.Format(usersOwn.Get(setting.Key)), setting.Line ?? 1));
            }
        }

        return new TrustReport(file.Path, file.Hash, RealPath.Of(commonDir), IsTrusted(file, commonDir, out _), items);
    }

    private Layers Read(string checkoutRoot)
    {
        var problems = new List<ConfigurationProblem>();
        var (_, user) = ReadFile(_sources.UserFile, followLinks: true, problems);
        var (file, repository) = ReadFile(Path.Combine(checkoutRoot, RepositoryFileName), followLinks: false, problems);
        var environment = EnvironmentLayer.Read(_sources.Environment, problems).ToList();
        return problems.Count == 0 ? new Layers(user, file, repository, environment) : throw new ConfigurationException(problems);
    }

    private static (SettingsFile? File, SettingsLayer Layer) ReadFile(string? path, bool followLinks, List<ConfigurationProblem> problems)
    {
        var layer = new SettingsLayer(path ?? string.Empty, hasLines: true, problems);
        var file = path is null ? null : SettingsFile.Read(path, followLinks, problems);
        if (!string.IsNullOrWhiteSpace(file?.Text))
        {
            layer.ReadFile(file.Text);
        }

        return (file, layer);
    }

    private void AddRepositorySettings(Layers layers, LayeredSettings settings, string commonDir, List<ConfigurationNotice> notices)
    {
        if (layers.RepositoryFile is not { } file)
        {
            return;
        }

        var untrusted = layers.Repository.Settings.Where(setting => NeedsTrust(setting, settings)).ToHashSet();
        if (untrusted.Count > 0)
        {
            if (IsTrusted(file, commonDir, out var problem))
            {
                untrusted.Clear();
            }

            if (problem is not null)
            {
                notices.Add(new ConfigurationNotice(string.Empty, _sources.TrustFile ?? string.Empty, null, problem));
            }
        }

        Add(layers.Repository, settings, untrusted);
        foreach (var setting in layers.Repository.Settings.Where(untrusted.Contains))
        {
            notices.Add(new ConfigurationNotice(setting.Key.Path, file.Path, setting.Line,
                string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"{file.Path}:{setting.Line}: {setting.Key.Path} is ignored until you trust this file: run agent-ide trust")));
        }
    }

    private static bool NeedsTrust(Setting setting, LayeredSettings usersOwn) =>
        setting.Key.NeedsTrust(setting.Value, usersOwn.Get(setting.Key), usersOwn.Find(setting.Key) is not null);

    private bool IsTrusted(SettingsFile file, string commonDir, out string? problem)
    {
        problem = null;
        return _sources.TrustFile is { } store && new TrustStore(store).IsTrusted(commonDir, file.Hash, out problem);
    }

    /// <summary>What a relative path in a setting is relative to.</summary>
    private string FolderOf(Setting setting, string checkoutRoot, Layers layers)
    {
        if (setting.Source == layers.RepositoryFile?.Path)
        {
            return checkoutRoot;
        }

        return setting.Source == _sources.UserFile ? Path.GetDirectoryName(_sources.UserFile)! : _sources.WorkingDirectory ?? checkoutRoot;
    }

    /// <summary>Two settings that mean nothing beside certain others: the user should not wonder why.</summary>
    private static void AddUnusedNotices(LayeredSettings settings, AgentSessionSettings effective, List<ConfigurationNotice> notices)
    {
        var provider = effective.Inference.Provider;
        if (effective.Inference.Script is not null && provider != InferenceProvider.Scripted)
        {
            AddUnused(ConfigurationKeys.Script);
        }

        if (effective.Inference.BaseUrl is not null && provider == InferenceProvider.Scripted)
        {
            AddUnused(ConfigurationKeys.BaseUrl);
        }

        void AddUnused(ConfigurationKey key)
        {
            var setting = settings.Find(key)!;
            var place = setting.Line is { } line ? FormattableString.Invariant($"{setting.Source}:{line}") : setting.Source;
            var name = ConfigurationKeys.Provider.Format(provider);
            notices.Add(new ConfigurationNotice(key.Path, setting.Source, setting.Line,
                $"{place}: {key.Path} is not used, because inference.provider is {name}"));
        }
    }

    private static void Add(SettingsLayer layer, LayeredSettings settings, HashSet<Setting>? without = null)
    {
        foreach (var setting in layer.Settings)
        {
            if (without?.Contains(setting) != true)
            {
                settings.Set(setting);
            }
        }

        foreach (var tool in layer.OtherTools)
        {
            settings.AddOtherTool(tool);
        }
    }

    private sealed record Layers(
        SettingsLayer User, SettingsFile? RepositoryFile, SettingsLayer Repository, IReadOnlyList<SettingsLayer> Environment)
    {
        public LayeredSettings UsersOwn()
        {
            var settings = new LayeredSettings();
            Add(User, settings);
            return settings;
        }
    }
}
