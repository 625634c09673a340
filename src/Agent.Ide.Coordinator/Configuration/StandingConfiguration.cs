using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Configuration;

/// <summary>The configuration for what the coordinator does by itself, when there is no client to be told of an error in it.</summary>
public sealed class StandingConfiguration
{
    private readonly string _checkout;
    private readonly string _commonDirectory;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly ILogger _logger;

    /// <param name="checkout">Whose files count.</param>
    /// <param name="commonDirectory">Of its repository.</param>
    /// <param name="environment">The coordinator's own.</param>
    /// <param name="logger">For errors in the configuration.</param>
    public StandingConfiguration(string checkout, string commonDirectory, IReadOnlyDictionary<string, string> environment, ILogger logger)
    {
        _checkout = checkout;
        _commonDirectory = commonDirectory;
        _environment = environment;
        _logger = logger;
    }

    /// <summary><c>worktree</c> as it is configured now; its defaults where that cannot be read.</summary>
    public WorktreeSettings Worktree
    {
        get
        {
            try
            {
                return new ConfigurationLoader(ConfigurationSources.FromEnvironment(_environment)).Load(_checkout, _commonDirectory).Settings.Worktree;
            }
            catch (Exception e) when (e is ConfigurationException or IOException or UnauthorizedAccessException)
            {
                _logger.LogWarning("The configuration could not be read, so the defaults of `worktree` count: {Message}", e.Message);
                return new WorktreeSettings();
            }
        }
    }
}
