using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.Coordinator.Models;
using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Core.Loop;
using Agent.Ide.Git;
using Agent.Ide.Protocol.Setup;

namespace Agent.Ide.Coordinator.Setup;

/// <summary>Looks at everything a task will need, and says what is missing and how to get it.</summary>
public sealed class Doctor
{
    private readonly GitRepository _repository;
    private readonly ISandbox _sandbox;
    private readonly IResourceLimiter _limiter;
    private readonly TaskModels _models;
    private readonly IReadOnlyDictionary<string, string> _environment;

    public Doctor(GitRepository repository, ISandbox sandbox, IResourceLimiter limiter, TaskModels models, IReadOnlyDictionary<string, string> environment)
    {
        _repository = repository;
        _sandbox = sandbox;
        _limiter = limiter;
        _models = models;
        _environment = environment;
    }

    public async Task<DoctorResult> CheckAsync(ClientContext client, CancellationToken cancellationToken)
    {
        var checks = new List<SetupCheck>
        {
            new("git", true, $"git {_repository.Program.Version}"),
            await CheckRepositoryAsync(client, cancellationToken),
            new(
                "sandbox",
                _sandbox.IsAvailable,
                _sandbox.IsAvailable ? $"Agents are confined by {_sandbox.Description}." : $"{_sandbox.Description} Each command will ask for an approval.",
                _sandbox.Fix),
            new("limits", _limiter is not NoLimiter, $"Agents are limited by {_limiter.Description}.", _limiter.Fix),
            CheckSearch(),
        };
        checks.AddRange(await CheckConfigurationAndModelAsync(client, cancellationToken));
        return new DoctorResult(checks);
    }

    private async Task<SetupCheck> CheckRepositoryAsync(ClientContext client, CancellationToken cancellationToken)
    {
        try
        {
            var head = await _repository.EnsureReadyAsync(client.Checkout, cancellationToken);
            return new SetupCheck("repository", true, $"{client.Checkout.Root} is on {head.Branch ?? head.Commit}.");
        }
        catch (GitException e)
        {
            return new SetupCheck("repository", false, e.Message, "Put it right, then run a task.");
        }
    }

    private SetupCheck CheckSearch()
    {
        var found = _environment.GetValueOrDefault("PATH", string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? "rg.exe" : "rg")));
        return new SetupCheck("search", true, found ? "ripgrep is installed." : "ripgrep is not installed; the built-in search is used, which is slower.");
    }

    private async Task<IReadOnlyList<SetupCheck>> CheckConfigurationAndModelAsync(ClientContext client, CancellationToken cancellationToken)
    {
        AgentSessionSettings settings;
        SetupCheck configuration;
        try
        {
            var loaded = new ConfigurationLoader(ConfigurationSources.FromEnvironment(client.Environment))
                .Load(client.Checkout.Root, _repository.CommonDirectory);
            settings = loaded.Settings;
            configuration = loaded.Notices.Count == 0
                ? new SetupCheck("configuration", true, loaded.RepositoryFile is { } file ? $"{file} is in use." : "The defaults are in use.")
                : new SetupCheck("configuration", true, string.Join(" ", loaded.Notices.Select(notice => notice.Message)));
        }
        catch (ConfigurationException e)
        {
            return
            [
                new SetupCheck("configuration", false, e.Message, "Correct it; docs/configuration.md lists every key."),
                new SetupCheck("model", false, "Not looked for: the configuration has errors."),
            ];
        }

        try
        {
            var choice = await _models.ChooseAsync(settings.ToTaskSettings(), settings.Model, client.Environment, cancellationToken);
            return [configuration, new SetupCheck("model", true, $"{choice.Model}, {choice.Server}.")];
        }
        catch (ModelRequestException e)
        {
            return [configuration, new SetupCheck("model", false, e.Message, e.Error.Hint)];
        }
    }
}
