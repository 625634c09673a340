using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Configuration.Trust;

namespace Agent.Ide.Coordinator.Tests.Configuration;

/// <summary>A checkout, a user's configuration folder and a state folder below one temporary folder.</summary>
internal sealed class ConfigurationFolder : IDisposable
{
    public ConfigurationFolder()
    {
        Root = Directory.CreateTempSubdirectory("agent-ide-test-").FullName;
        Checkout = Directory.CreateDirectory(Path.Combine(Root, "checkout")).FullName;
        CommonDir = Directory.CreateDirectory(Path.Combine(Checkout, ".git")).FullName;
        UserFile = Path.Combine(Root, "home", ".config", "agent-ide", "config.yaml");
        TrustFile = Path.Combine(Root, "home", ".local", "state", "agent-ide", "trust.json");
        RepositoryFile = Path.Combine(Checkout, ConfigurationLoader.RepositoryFileName);
    }

    public string Root { get; }

    public string Checkout { get; }

    public string CommonDir { get; }

    public string UserFile { get; }

    public string TrustFile { get; }

    public string RepositoryFile { get; }

    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal) { ["PATH"] = "/usr/bin" };

    public ConfigurationLoader Loader => new(new ConfigurationSources
    {
        Environment = Variables,
        UserFile = UserFile,
        TrustFile = TrustFile,
        WorkingDirectory = Path.Combine(Root, "elsewhere"),
    });

    public TrustStore Store => new(TrustFile);

    public ConfigurationFolder Repository(string yaml) => Write(RepositoryFile, yaml);

    public ConfigurationFolder User(string yaml) => Write(UserFile, yaml);

    public ConfigurationFolder Variable(string name, string value)
    {
        Variables[name] = value;
        return this;
    }

    /// <summary>The file's lines below <c>agent_session:</c>, indented by two.</summary>
    public static string Session(params string[] lines) => $"agent_session:\n{string.Concat(lines.Select(line => $"  {line}\n"))}";

    public LoadedConfiguration Load() => Loader.Load(Checkout, CommonDir);

    public IReadOnlyList<ConfigurationProblem> Problems() => Should.Throw<ConfigurationException>(Load).Problems;

    public async Task TrustAsync()
    {
        var report = Loader.InspectTrust(Checkout, CommonDir).ShouldNotBeNull();
        await Store.TrustAsync(report, CancellationToken.None);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private ConfigurationFolder Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return this;
    }
}
